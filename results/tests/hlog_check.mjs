// node hlog_check.mjs RUNDIR NODE_MODULES: reads RUNDIR/latency.hlog with hdr-histogram-js, adds the intervals of every
// tag, and prints {"tag": {"intervals", "count", "min_ns", "mean_ns", "p50_ns", ..., "max_ns"}} as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [directory, modules] = process.argv.slice(2);
const hdr = createRequire(path.resolve(modules, "package.json"))("hdr-histogram-js");

// 64-bit buckets, so that no count is cut; the JavaScript implementation, so that nothing has to be loaded first.
const reader = new hdr.HistogramLogReader(readFileSync(path.join(directory, "latency.hlog"), "utf8"), 64, false);
const sums = new Map();
for (let interval = reader.nextIntervalHistogram(); interval !== null; interval = reader.nextIntervalHistogram()) {
  const sum = sums.get(interval.tag);
  if (sum === undefined) {
    sums.set(interval.tag, { intervals: 1, histogram: interval });
  } else {
    sum.histogram.add(interval);
    ++sum.intervals;
  }
}

const result = {};
for (const [tag, { intervals, histogram }] of sums) {
  result[tag] = {
    intervals,
    count: histogram.totalCount,
    min_ns: histogram.minNonZeroValue,
    mean_ns: histogram.mean,
    p50_ns: histogram.getValueAtPercentile(50),
    p90_ns: histogram.getValueAtPercentile(90),
    p99_ns: histogram.getValueAtPercentile(99),
    p999_ns: histogram.getValueAtPercentile(99.9),
    p9999_ns: histogram.getValueAtPercentile(99.99),
    max_ns: histogram.maxValue,
  };
}
console.log(JSON.stringify(result, null, 2));
