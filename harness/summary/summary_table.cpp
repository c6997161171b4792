#include "harness/summary/summary_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/summary/text_layout.h"
#include "harness/plan/units.h"
#include "results/json_text.h"
#include "results/reasons.h"

namespace recvbench {

namespace {

struct Column {
  const char* title;
  const char* key;  // with its unit, in CSV and JSON
  std::optional<double> CellSummary::*value;
  std::string (*text)(double);
  enum class Best { highest, lowest, nobody } best;
  std::size_t width;   // in the table, a space before it and the mark behind it included
  const char* number;  // in CSV, as printf takes it
};

const std::array<Column, 7> columns{{
    {"msg/s", "received_per_s", &CellSummary::received_per_s, readable_count, Column::Best::highest, 7,
     "%.1f"},
    {"p50", "p50_ns", &CellSummary::p50_ns, readable_ns, Column::Best::lowest, 9, "%.1f"},
    {"p99", "p99_ns", &CellSummary::p99_ns, readable_ns, Column::Best::lowest, 9, "%.1f"},
    {"p99.9", "p999_ns", &CellSummary::p999_ns, readable_ns, Column::Best::lowest, 9, "%.1f"},
    {"max", "max_ns", &CellSummary::max_ns, readable_ns, Column::Best::lowest, 9, "%.1f"},
    {"CPU/msg", "cpu_ns_per_message", &CellSummary::cpu_ns_per_message, readable_ns, Column::Best::lowest, 9,
     "%.1f"},
    // No loss is the rule, and nobody is best of it.
    {"loss", "loss_share", &CellSummary::loss_share, readable_share, Column::Best::nobody, 7, "%.9g"},
}};

using Group = std::vector<const CellSummary*>;  // the cells of one scenario, in order

bool over_udp(const CellSummary& cell) {
  return cell.scenario.protocol == "udp";
}

bool is_rate(const Column& column) {
  return column.value == &CellSummary::received_per_s;
}

// The columns for people to read: TCP has no loss to show.
std::vector<const Column*> columns_of(const Group& group) {
  std::vector<const Column*> shown;
  for (const Column& column : columns)
    if (column.value != &CellSummary::loss_share || over_udp(*group.front())) shown.push_back(&column);
  return shown;
}

bool loses(const CellSummary& cell) {
  return cell.loss_share.value_or(0) > most_loss_share;
}

bool is_ranked(const CellSummary& cell) {
  return cell.valid_runs > 0 && cell.remark.empty();
}

std::vector<Group> by_scenario(const std::vector<CellSummary>& cells) {
  std::vector<Group> groups;
  for (const CellSummary& cell : cells) {
    const auto same = [&](const auto& group) { return group.front()->scenario.name == cell.scenario.name; };
    const auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end())
      groups.push_back({&cell});
    else
      group->push_back(&cell);
  }
  return groups;
}

// Those that may be best: a cell that loses comes after every one that does not.
Group contenders(const Group& group) {
  Group ranked, lossless;
  for (const CellSummary* cell : group) {
    if (!is_ranked(*cell)) continue;
    ranked.push_back(cell);
    if (!loses(*cell)) lossless.push_back(cell);
  }
  return lossless.empty() ? ranked : lossless;
}

bool is_best(const CellSummary& cell, const Group& group, const Column& column) {
  // At a given rate every engine that keeps up receives that rate: there is no best.
  const bool given = is_rate(column) && cell.scenario.rate_per_s.has_value();
  if (given || column.best == Column::Best::nobody) return false;
  // Nor of lower bounds.
  if (is_rate(column) && cell.generator_limited) return false;
  const Group among = contenders(group);
  std::size_t have_it = 0;
  for (const CellSummary* other : among) {
    const std::optional<double> own = cell.*column.value, value = (*other).*column.value;
    if (!own || !value) continue;
    ++have_it;
    if (column.best == Column::Best::highest ? *value > *own : *value < *own) return false;
  }
  // Nothing is best of one.
  return have_it > 1 && std::find(among.begin(), among.end(), &cell) != among.end();
}

std::string how_due(const ScenarioRecord& scenario) {
  return scenario.arrival.value_or("constant") == "constant" ? "" : " " + *scenario.arrival;
}
std::string pause(const ScenarioRecord& scenario) {
  const std::uint64_t think_ns = scenario.think_ns.value_or(0);
  return think_ns == 0 ? "" : ", " + compact_duration(think_ns) + " from a reply to the next message";
}

std::string headline(const CellSummary& cell) {
  const ScenarioRecord& scenario = cell.scenario;
  const std::string rate = scenario.rate_per_s
                               ? compact_count(*scenario.rate_per_s) + "/s" + how_due(scenario)
                           : scenario.mode == "closed" ? "closed loop" + pause(scenario)
                                                       : "as fast as possible";
  return scenario.name + ": " + scenario.protocol + " " + scenario.workload + ", " + scenario.sizes + ", " +
         std::to_string(scenario.connections) +
         (scenario.connections == 1 ? " connection, " : " connections, ") + rate;
}

constexpr const char* at_least = ">= ";

bool has_lower_bounds(const Group& group) {
  return std::any_of(group.begin(), group.end(),
                     [](const CellSummary* cell) { return cell->generator_limited && cell->received_per_s; });
}

// In the table.
std::size_t width_of(const Column& column, const Group& group) {
  return column.width + (is_rate(column) && has_lower_bounds(group) ? std::string(at_least).size() : 0);
}

// With the mark of what is best ("*") or loses ("!") behind it, or a space.
std::string figure(const CellSummary& cell, const Group& group, const Column& column) {
  const std::optional<double> value = cell.*column.value;
  if (!value) return "n/a ";
  const bool too_much = column.value == &CellSummary::loss_share && loses(cell);
  const bool bound = is_rate(column) && cell.generator_limited;
  return (bound ? at_least : "") + column.text(*value) +
         (is_best(cell, group, column) ? "*"
          : too_much                   ? "!"
                                       : " ");
}

// Marks what is shown but not ranked; explained below the table.
std::string name_of(const CellSummary& cell) {
  return cell.engine + (cell.remark == "emulated" ? " ~" : cell.remark == "synthetic" ? " ^" : "");
}
std::string valid_of(const CellSummary& cell) {
  return std::to_string(cell.valid_runs) + "/" + std::to_string(cell.runs);
}

// Every note once, with those whom it is of.
std::string setting_notes(const std::vector<CellSummary>& cells) {
  std::vector<std::pair<std::string, std::vector<std::string>>> found;
  for (const CellSummary& cell : cells)
    for (const std::string& note : cell.set_otherwise) {
      auto same =
          std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == note; });
      if (same == found.end()) same = found.insert(found.end(), {note, {}});
      std::vector<std::string>& engines = same->second;
      if (std::find(engines.begin(), engines.end(), cell.engine) == engines.end())
        engines.push_back(cell.engine);
    }
  std::string text;
  for (const auto& [note, engines] : found) {
    std::string names;
    for (const std::string& engine : engines) names += (names.empty() ? "" : " ") + engine;
    text += wrapped(note + ": " + names);
  }
  return text;
}

// What each code means and what to do about it, once.
std::string remedies(const std::vector<CellSummary>& cells) {
  std::vector<std::string> told;
  std::string text;
  for (const CellSummary& cell : cells) {
    const std::string code = cell.reason.substr(0, cell.reason.find(':'));
    const ReasonCode* const known = find_reason(code);
    if (known == nullptr || std::find(told.begin(), told.end(), code) != told.end()) continue;
    told.push_back(code);
    text +=
        wrapped(code + ": " + std::string(known->text) + ". What to do: " + std::string(known->remedy) + ".");
  }
  return text;
}

std::string notes(const std::vector<CellSummary>& cells, const std::string& label) {
  const auto any = [&](const char* remark) {
    return std::any_of(cells.begin(), cells.end(),
                       [&](const CellSummary& cell) { return cell.remark == remark; });
  };
  std::string text;
  if (!label.empty())
    text += wrapped(label + ": these figures show that the models work; they cannot rank them on Windows.");
  text += wrapped(
      "Medians over valid runs. Latency is response time: done - intended send time. * best of its column, "
      "by the median alone. n/a: too few samples, or too little CPU time for the system's clock.");
  if (std::any_of(cells.begin(), cells.end(), [](const CellSummary& cell) { return cell.generator_limited; }))
    text += wrapped(
        "msg/s >= X: generator limit. X is four fifths or more of what the generator sends to a receiver "
        "that "
        "only drains (doctor --calibrate): the engine takes that at least, and is not ranked by it.");
  if (std::any_of(cells.begin(), cells.end(), over_udp))
    text += wrapped(
        "loss: datagrams of the window that were sent and not received (echo: not answered), in the valid "
        "run "
        "that lost most; latency is of those that arrived. ! more than " +
        readable_share(most_loss_share) + ": best of nothing while another loses less.");
  if (std::any_of(cells.begin(), cells.end(), [](const CellSummary& c) { return c.wineserver_included; }))
    text += wrapped("CPU/msg: of the receiver and of the Wine server, which does a part of every receive.");
  if (any("emulated")) text += wrapped("~ runs on an emulation of its API: shown, never ranked.");
  if (any("synthetic")) text += wrapped("^ made-up receives: the cost of the harness itself.");
  text += setting_notes(cells);
  for (const CellSummary& cell : cells)
    if (cell.valid_runs < cell.runs)
      text +=
          wrapped("invalid " + std::to_string(cell.runs - cell.valid_runs) + "/" + std::to_string(cell.runs) +
                  " " + cell.engine + " " + cell.scenario.name + ": " + cell.reason);
  return text + remedies(cells);
}

std::string as_table(const std::vector<CellSummary>& cells, const std::string& label) {
  constexpr std::size_t width = 80;
  constexpr std::size_t valid_width = 4;  // " 4/5"
  std::string text;
  for (const Group& group : by_scenario(cells)) {
    const std::vector<const Column*> shown = columns_of(group);
    std::size_t name_width = width - valid_width;
    std::string headings;
    for (const Column* column : shown) {
      name_width -= width_of(*column, group);
      headings += pad_left(std::string(column->title) + " ", width_of(*column, group));
    }
    const std::string titles = pad_right("engine", name_width) + headings;
    text += headline(*group.front()) + "\n" + without_trailing_spaces(titles) + "\n";
    for (const CellSummary* cell : group) {
      std::string line = pad_right(name_of(*cell), name_width);
      // A name that needs the room of figures has a line of its own.
      if (line.size() > name_width) line += "\n" + std::string(name_width, ' ');
      if (cell->valid_runs == 0) {
        line += " INVALID " + cell->reason.substr(0, cell->reason.find(':'));
      } else {
        for (const Column* column : shown)
          line += pad_left(figure(*cell, group, *column), width_of(*column, group));
        // Only what deserves a look: all runs valid is the rule.
        if (cell->valid_runs < cell->runs) line += " " + valid_of(*cell);
      }
      text += without_trailing_spaces(std::move(line)) + "\n";
    }
    text += "\n";
  }
  return text + notes(cells, label);
}

std::string as_markdown(const std::vector<CellSummary>& cells, const std::string& label) {
  std::string text;
  for (const Group& group : by_scenario(cells)) {
    const std::vector<const Column*> shown = columns_of(group);
    text += "### " + headline(*group.front()) + "\n\n| engine |";
    std::string rule = "| --- |";
    for (const Column* column : shown) {
      text += std::string(" ") + column->title + " |";
      rule += " ---: |";
    }
    text += " valid |\n" + rule + " ---: |\n";
    for (const CellSummary* cell : group) {
      text += "| " + name_of(*cell) + " |";
      for (const Column* column : shown) {
        const std::string value = without_trailing_spaces(figure(*cell, group, *column));
        const bool best = value.back() == '*';
        text += " " + (best ? "**" + value.substr(0, value.size() - 1) + "**" : value) + " |";
      }
      text += " " + valid_of(*cell) + (cell->reason.empty() ? "" : " " + cell->reason) + " |\n";
    }
    text += "\n";
  }
  return text + notes(cells, label);
}

std::string as_csv(const std::vector<CellSummary>& cells) {
  std::string text = "engine,remark,scenario,latency_kind,runs,valid_runs,reason,rate_note";
  for (const Column& column : columns) text += std::string(",") + column.key;
  text += "\n";
  for (const CellSummary& cell : cells) {
    text += csv_field(cell.engine) + "," + cell.remark + "," + cell.scenario.name + "," + cell.latency_kind +
            "," + std::to_string(cell.runs) + "," + std::to_string(cell.valid_runs) + "," +
            csv_field(cell.reason) + "," + (cell.generator_limited ? ">= (generator limit)" : "");
    for (const Column& column : columns) {
      std::array<char, 32> number{};
      if (const auto value = cell.*column.value)
        std::snprintf(number.data(), number.size(), column.number, *value);
      text += std::string(",") + number.data();
    }
    text += "\n";
  }
  return text;
}

std::string as_json(const std::vector<CellSummary>& cells, const std::string& label) {
  nlohmann::json rows = nlohmann::json::array();
  for (const CellSummary& cell : cells) {
    nlohmann::json row = {{"engine", cell.engine},
                          {"remark", cell.remark},
                          {"scenario", cell.scenario.name},
                          {"latency_kind", cell.latency_kind},
                          {"runs", cell.runs},
                          {"valid_runs", cell.valid_runs},
                          {"reason", cell.reason},
                          {"generator_limited", cell.generator_limited}};
    for (const Column& column : columns) {
      const auto value = cell.*column.value;
      row[column.key] = value ? nlohmann::json(*value) : nlohmann::json(nullptr);
    }
    rows.push_back(std::move(row));
  }
  return json_text({{"environment", label}, {"cells", rows}}, 2) + "\n";
}

}  // namespace

std::string render(const std::vector<CellSummary>& cells, const std::string& label, TableFormat format) {
  switch (format) {
    case TableFormat::markdown:
      return as_markdown(cells, label);
    case TableFormat::csv:
      return as_csv(cells);
    case TableFormat::json:
      return as_json(cells, label);
    case TableFormat::table:
      break;
  }
  return as_table(cells, label);
}

}  // namespace recvbench
