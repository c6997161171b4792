"""Run record -> Sample: which figures of a run the gate looks at. Pure."""

from __future__ import annotations

from recvbench_report import loss
from recvbench_report.gate import metrics
from recvbench_report.gate.sample import Sample

# What an engine did wrong, and the reasons of overload, under which messages are left behind and connections are broken
# off without any defect (as harness/search/probe.cpp has it).
DEFECTS = ("lost", "corrupt", "connection-error", "engine-failed")
OVERLOAD = ("rate-not-met", "dropped", "not-drained", "interrupted", "generator-failed")

# A percentile is gated from so many samples beyond it on.
LEAST_BEYOND = 100


class _NotGated(Exception):
    """Why a metric does not apply to a run; "" where nobody would expect it."""


def sample(run: dict) -> Sample:
    figures: dict[str, float | None] = {}
    not_gated: dict[str, str] = {}
    for key, read in READERS.items():
        try:
            figures[key] = read(run)
        except _NotGated as why:
            if str(why):
                not_gated[key] = str(why)
    codes = {reason["code"] for reason in run["reasons"]}
    defects = [] if codes.intersection(OVERLOAD) else [_told(reason) for reason in run["reasons"] if reason["code"] in DEFECTS]
    return Sample(run["valid"], figures, tuple(map(_told, run["reasons"])), tuple(defects), not_gated)


def _told(reason: dict) -> str:
    return f"{reason['code']}: {reason['detail']}" if reason["detail"] else reason["code"]


def _throughput(run: dict) -> float | None:
    if run["scenario"]["mode"] == "open":
        raise _NotGated("")  # it was given
    if run["rates"]["generator_limited"]:
        raise _NotGated("the generator's limit: the engine takes at least that, and nobody knows how much more")
    return run["rates"]["received_per_s"]


def _cpu(run: dict) -> float | None:
    figure = run["cost"]["cpu_ns_per_message"]
    if figure is None and run["valid"]:
        raise _NotGated("too little CPU time was used for the system's CPU clock to resolve")
    return figure


def _percentile(key: str, beyond_share: float, least_beyond: int):
    def read(run: dict) -> float | None:
        if run["scenario"]["mode"] == "max" and run["scenario"]["workload"] == "sink":
            raise _NotGated("under as much load as fits, it tells how full the socket buffers are")
        response = run["latency"]["response"]
        if response is None:
            if run["valid"] and run["latency"]["kind"] == "none":
                raise _NotGated("no latency is measured")
            return None
        # A share of 0.001 of 100,000 is 99.99999999999999.
        if round(response["count"] * beyond_share, 6) < least_beyond:
            raise _NotGated(f"fewer than {least_beyond} messages a run lie beyond it")
        return response[key]

    return read


def _loss(run: dict) -> float | None:
    if run["scenario"]["protocol"] != "udp":
        raise _NotGated("")
    if run["scenario"]["mode"] == "max":
        raise _NotGated("under as much load as fits, what does not fit is lost")
    return loss.share(run)


# A run record states no p99 with fewer than 10 messages beyond it.
READERS = {
    metrics.THROUGHPUT.key: _throughput,
    metrics.CPU.key: _cpu,
    metrics.P50.key: _percentile("p50_ns", 0.5, 1),
    metrics.P99.key: _percentile("p99_ns", 0.01, 10),
    metrics.P999.key: _percentile("p999_ns", 0.001, LEAST_BEYOND),
    metrics.LOSS.key: _loss,
}
