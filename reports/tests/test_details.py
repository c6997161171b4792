"""The table behind the summary: intervals and costs."""

import make_run
import page
from recvbench_report import details, html, load


def loaded(tmp_path, change):
    made = make_run.make(repeat=3, engines=("iocp", "blocking"), scenarios=("tcp-sink-64B-c8-10k",), messages=1200, with_invalid=False)
    for run, _ in made:
        change(run)
    return load.load(make_run.write(tmp_path / "run", made, make_run.description(None, [run for run, _ in made])))


def of(directory, label):
    shown, rows = details.table(directory.scenarios)
    (texts,) = [texts for cell, _, texts in rows if cell.label == label]
    return dict(zip([detail.key for detail in shown], texts))


def test_costs_are_per_message_and_medians(tmp_path):
    def change(run):
        run["rates"]["received_per_s"] = 10_000
        run["timing"]["duration_ns"] = 2_000_000_000
        run["cost"].update(cpu_user_ns=20_000 * (100 + run["round"]), cpu_kernel_ns=20_000 * 300, wineserver_cpu_ns=20_000 * 5_000)
        run["calls"].update(completions_per_wakeup_min=1, completions_per_wakeup_mean=1.5 + run["round"], completions_per_wakeup_max=9)
        run["counts"].update(received=1_000)
        run["calls"].update(receive_calls=250)

    got = of(loaded(tmp_path, change), "iocp")
    assert got["user"] == "101 ns" and got["kernel"] == "300 ns" and got["wineserver"] == "5.00 µs"
    assert got["calls"] == "0.25" and got["completions"] == "2.50 (1 – 9)"
    assert "cycles" not in got and "pool" not in got, "no run has them"


def test_the_interval_is_that_of_the_middle_run(tmp_path):
    def change(run):
        p99 = 100_000 * (run["round"] + 1)
        run["latency"]["response"].update(p99_ns=p99, p99_ci_ns=[p99 - 10_000, p99 + 20_000])
        if run["engine"]["name"] == "blocking":
            run["latency"]["response"].update(p99_ci_ns=None)

    directory = loaded(tmp_path, change)
    assert of(directory, "iocp")["p99_interval"] == "190 – 220 µs"
    assert of(directory, "blocking")["p99_interval"] == "n/a"
    section = page.parse(html.render(directory)).one("section", id="details")
    assert "190 – 220 µs" in section.text


def test_cells_without_a_valid_run_have_no_figures(tmp_path):
    def change(run):
        if run["engine"]["name"] == "iocp":
            make_run.invalidate(run, "unsteady", "mean latency drifts")

    directory = loaded(tmp_path, change)
    assert [cell.label for cell, _, _ in details.table(directory.scenarios)[1]] == ["blocking"]


def test_connections_that_take_others_places_have_their_rate_and_accept_latency(tmp_path):
    def change(run):
        if run["engine"]["name"] == "iocp":
            accept = dict(run["latency"]["service"], p50_ns=20_000 * (1 + run["round"]), p99_ns=90_000)
            run["churn"] = {"opened": 600, "failed": 0, "accepted_per_s": 100.0 + run["round"], "accept": accept}

    directory = loaded(tmp_path, change)
    got = of(directory, "iocp")
    assert (got["accepts"], got["accept_p50"], got["accept_p99"]) == ("101/s", "40.0 µs", "90.0 µs")
    assert of(directory, "blocking")["accept_p50"] == "n/a"
    assert "Accept p99" in page.parse(html.render(directory)).one("section", id="details").text


def test_what_no_run_has_is_no_column(tmp_path):
    assert not {"accepts", "accept_p50", "accept_p99"} & set(of(loaded(tmp_path, lambda run: None), "iocp"))


def test_fairness_is_shown_where_connections_were_compared(tmp_path):
    def change(run):
        p99 = {"connections": 8, "median_ns": 1000, "worst_ns": 1500 + run["round"] * 500, "worst_connection": 3}
        p99["worst_over_median"] = p99["worst_ns"] / p99["median_ns"]
        run["fairness"] = {"connections": 8, "jain_index": 0.9 + run["round"] / 100, "p99": p99}
        if run["engine"]["name"] == "blocking":
            run["fairness"].update(jain_index=None, p99=None)

    directory = loaded(tmp_path, change)
    got = of(directory, "iocp")
    assert got["jain"] == "0.910" and got["worst_p99"] == "2.00"
    got = of(directory, "blocking")
    assert got["jain"] == got["worst_p99"] == "n/a"
    section = page.parse(html.render(directory)).one("section", id="details")
    assert "Jain" in section.text and "0.910" in section.text


def test_one_connection_has_no_fairness(tmp_path):
    got = of(loaded(tmp_path, lambda run: run.update(fairness=None)), "iocp")
    assert "jain" not in got and "worst_p99" not in got
