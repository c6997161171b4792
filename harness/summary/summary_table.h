// The table that ends a benchmark: a row for each cell, and the best of each scenario marked. Pure: cells in,
// text out.
#pragma once

#include <string>
#include <vector>

#include "harness/summary/summary.h"

namespace recvbench {

enum class TableFormat { table, markdown, csv, json };

// `label` is the environment's ("Wine 8.0, not Windows"; may be empty). The table fits 80 columns; the best
// value of a column among valid, neither emulated nor synthetic cells of a scenario carries a "*". Scenarios
// over UDP have a column of loss_share; a cell past most_loss_share carries a "!" there. A rate that is the
// generator's limit is shown as ">= X" and never best.
std::string render(const std::vector<CellSummary>& cells, const std::string& label, TableFormat format);

}  // namespace recvbench
