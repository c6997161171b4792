"""What is asked wrongly gets one line that names it, exit code 2, and nothing done."""

import json
import subprocess

import pytest

from program import OK, USAGE, Program


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], ["subcommand"]),
        (["run", "--frobnicate"], ["--frobnicate"]),
        (["run", "--engine", "nope"], ["--engine nope", "no such engine", "blocking", "select", "null"]),
        (["run", "--engine", "zz*"], ["--engine zz*", "no such engine"]),
        (["run", "--scenario", "zz*"], ["--scenario", "nothing matches", "tcp-sink-64B-c8-5k"]),
        (["run", "--engine", "select", "--exclude", "epoll/*"], ["--exclude epoll/*", "no such cell", "select/tcp-"]),
        (["run", "--engine", "select", "--exclude", "*"], ["--exclude", "nothing is left", "3 cells"]),
        (["sweep", "--engine", "select"], ["sweep", "no axis has two values", "--connections"]),
        (["sweep", "--engine", "select", "--connections", "8,8"], ["no axis has two values"]),
        (["run", "--profile", "slow"], ["--profile slow", "quick", "standard", "full"]),
        (["run", "--protocol", "quic"], ["--protocol quic", "tcp or udp"]),
        (["run", "--protocol", "udp", "--size", "65508"], ["--size 65508", "at most 65507"]),
        (["run", "--ip", "v5"], ["--ip v5", "v4, v6 or dual"]),
        (["run", "--udp-sockets", "4"], ["--udp-sockets 4", "--protocol tcp"]),
        (["run", "--protocol", "udp", "--udp-sockets", "0"], ["--udp-sockets 0", "from 1 to 1024"]),
        (["run", "--protocol", "udp", "--engine", "select", "--buffer", "39"], ["--buffer 39", "header", "40 bytes"]),
        (["run", "--protocol", "udp", "--engine", "select:buffer=16|64"], ["--buffer 16", "select:buffer=16", "40 bytes"]),
        (["run", "--workload", "pump"], ["--workload pump", "sink", "echo"]),
        (["run", "--size", "39"], ["--size 39", "40"]),
        (["run", "--size", "17mb"], ["--size 17mb", "16mb"]),
        (["run", "--size", "many"], ["--size many", "40"]),
        (["run", "--size", "64-63"], ["--size 64-63", "a range, 64-1024"]),
        (["run", "--size", "64,0x64"], ["--size 0x64", "weights from 1 to 1m"]),
        (["run", "--size", "64*9+1500"], ["--size 64*9+1500", "9x64+1500"]),
        (["run", "--protocol", "udp", "--size", "9x64+65508"], ["--size 9x64+65508", "at most 65507"]),
        (["run", "--connections", "0"], ["--connections 0", "from 1 to 60000"]),
        (["run", "--connections", "1.5"], ["--connections 1.5", "whole number"]),
        (["run", "--connections", "1e300"], ["--connections 1e300", "from 1 to 60000"]),
        (["run", "--idle", "60001"], ["--idle 60001", "from 0 to 60000"]),
        (["run", "--idle", "59999", "--connections", "2"], ["--idle 59999", "--connections 2", "60000"]),
        (["run", "--idle", "5", "--protocol", "udp"], ["--idle 5", "--protocol udp"]),
        (["run", "--messages-per-connection", "1.5"], ["--messages-per-connection 1.5", "whole number"]),
        (["run", "--messages-per-connection", "5", "--protocol", "udp"], ["--messages-per-connection 5", "--protocol udp"]),
        (["run", "--messages-per-connection", "5", "--idle", "3"], ["--messages-per-connection 5", "--idle 3"]),
        (["run", "--close", "abortive"], ["--close abortive", "--messages-per-connection"]),
        (["run", "--close", "sudden", "--messages-per-connection", "5"], ["--close sudden", "graceful or abortive"]),
        (["run", "--slow-writers", "100%"], ["--slow-writers 100%", "below 100%"]),
        (["run", "--slow-writers", "8", "--rate", "1k"], ["--slow-writers 8", "--connections 8"]),
        (["run", "--slow-writers", "1", "--protocol", "udp", "--rate", "1k"], ["--slow-writers 1", "--protocol udp"]),
        (["run", "--slow-writers", "10%", "--rate", "max"], ["--slow-writers 10%", "--rate max"]),
        (["run", "--slow-writers", "1", "--mode", "closed"], ["--slow-writers 1", "--mode closed"]),
        (["run", "--slow-writers", "1", "--rate", "1k", "--messages-per-connection", "5"], ["--slow-writers 1", "--messages-per-connection 5"]),
        (["run", "--write-pieces", "4:1ms"], ["--write-pieces 4:1ms", "--slow-writers"]),
        (["run", "--slow-writers", "1", "--write-pieces", "1:1ms"], ["--write-pieces 1:1ms", "PIECES:GAP"]),
        (["run", "--slow-readers", "many"], ["--slow-readers many", "10%"]),
        (["run", "--slow-readers", "1", "--rate", "1k"], ["--slow-readers 1", "--workload sink"]),
        (["run", "--slow-readers", "1", "--workload", "echo", "--rate", "max"], ["--slow-readers 1", "--rate max"]),
        (["run", "--slow-readers", "1", "--workload", "echo", "--mode", "closed"], ["--slow-readers 1", "--mode closed"]),
        (["run", "--slow-readers", "1", "--workload", "echo", "--protocol", "udp"], ["--slow-readers 1", "--protocol udp"]),
        (["run", "--read-pieces", "1kb:10ms"], ["--read-pieces 1KiB:10ms", "--slow-readers"]),
        (["run", "--slow-readers", "1", "--workload", "echo", "--read-pieces", "1kb:1s"], ["--read-pieces 1kb:1s", "64KiB a second"]),
        (["run", "--rate", "0"], ["--rate 0", "max"]),
        (["run", "--rate", "-5"], ["--rate -5", "max"]),
        (["run", "--rate", "1e400"], ["--rate 1e400", "max"]),
        (["run", "--rate", "1e-400"], ["--rate 1e-400", "max"]),
        (["run", "--rate", "2g"], ["--rate 2g", "max"]),
        (["run", "--rate", "nan"], ["--rate nan", "max"]),
        (["run", "--rate", "inf"], ["--rate inf", "max"]),
        (["run", "--rate", "1k/second"], ["--rate 1k/second", "1k/connection"]),
        (["run", "--arrival", "burst:0"], ["--arrival burst:0", "burst:MESSAGES[:GAP]"]),
        (["run", "--arrival", "ramp:1k"], ["--arrival ramp:1k", "ramp:FROM:TO"]),
        (["run", "--arrival", "step:1k:many"], ["--arrival step:1k:many", "step:RATE:RATE"]),
        (["run", "--arrival", "posson"], ["--arrival posson", "constant, poisson, burst", "recorded arrival file"]),
        (["run", "--arrival", "poisson", "--rate", "max"], ["--arrival poisson", "--rate max"]),
        (["run", "--arrival", "ramp:1k:2k", "--rate", "5k"], ["--arrival ramp:1k:2k", "--rate 5k"]),
        (["run", "--arrival", "step:1k:2k", "--rate", "5k"], ["--arrival step:1k:2k", "--rate 5k"]),
        (["run", "--arrival", "burst:8:1ms", "--rate", "5k"], ["--arrival burst:8:1ms", "--rate 5k"]),
        (["run", "--mode", "shut"], ["--mode shut", "open, closed"]),
        (["run", "--mode", "closed", "--rate", "10k"], ["--mode closed", "--rate 10k"]),
        (["run", "--mode", "closed", "--arrival", "poisson"], ["--mode closed", "--arrival poisson"]),
        (["run", "--mode", "closed", "--workload", "sink"], ["--mode closed", "--workload sink"]),
        (["run", "--mode", "closed", "--in-flight", "8"], ["--mode closed", "--in-flight 8"]),
        (["run", "--think", "1ms"], ["--think 1ms", "--mode open"]),
        (["run", "--mode", "closed", "--think", "soon"], ["--think soon", "30m"]),
        (["run", "--duration", "0"], ["--duration 0", "from 1.00 ms"]),
        (["run", "--drain", "0"], ["--drain 0", "from 1.00 ms"]),
        (["run", "--duration", "25h"], ["--duration 25h", "30m"]),
        (["run", "--warmup", "-1s"], ["--warmup -1s"]),
        (["run", "--repeat", "0"], ["--repeat 0", "from 1"]),
        (["run", "--buffer", "0"], ["--buffer 0", "64MiB"]),
        (["run", "--threads", "0"], ["--threads 0", "from 1"]),
        (["run", "--cpus", "4095"], ["--cpus 4095", "may run on"]),
        (["run", "--so-rcvbuf", "2gb"], ["--so-rcvbuf 2gb", "1024MiB"]),
        (["run", "--engine", "select:threads=0"], ["--engine select:threads=0", "1 to 1024"]),
        (["run", "--engine", "select:buffer=1|65mb"], ["--engine select:buffer=1|65mb", "buffer=65mb", "1 to 64MiB"]),
        (["run", "--engine", "select:speed=9,threads=2"], ["has no setting speed", "it has threads, buffer"]),
        (["run", "--engine", "select:threads"], ["--engine select:threads", "ENGINE[:SETTING=VALUE"]),
        (["run", "--engine", "*:speed=9"], ["--engine *:speed=9", "none of these engines"]),
        (["list", "selcet"], ["list selcet", "no such engine", "select"]),
        (["run", "--format", "xml"], ["--format xml", "table", "json", "csv", "md"]),
        (["run", "--progress", "loud"], ["--progress loud", "plain"]),
        (["doctor", "--frobnicate"], ["--frobnicate"]),
        (["doctor", "--pairs", "3"], ["--pairs 3", "from 4 to 1000"]),
        (["doctor", "--duration", "0"], ["--duration 0", "from 1.00 ms"]),
        (["doctor", "--quick", "--pairs", "9"], ["--quick", "--pairs 9"]),
        (["doctor", "--quick", "--duration", "1s"], ["--quick", "--duration 1s"]),
        (["doctor", "--quick", "--calibrate"], ["--quick", "--calibrate"]),
        (["doctor", "--load-threads", "2"], ["--load-threads 2", "--calibrate"]),
        (["doctor", "--calibrate", "--load-threads", "0"], ["--load-threads 0", "from 1"]),
        (["doctor", "--size", "64"], ["--size 64", "--calibrate"]),
        (["doctor", "--calibrate", "--size", "65508"], ["--size 65508", "65507"]),
        (["doctor", "--calibration", "here.json"], ["--calibration here.json", "--calibrate"]),
        (["run", "--calibration", "nowhere"], ["--calibration nowhere", "not a file", "doctor --calibrate"]),
        (["search", "--slo", "p99<1ms", "--arrival", "ramp:1k:2k"], ["--arrival ramp:1k:2k", "not with search"]),
        (["search", "--slo", "p99<1ms", "--mode", "closed"], ["--mode closed", "not with search"]),
        (["search", "--slo", "p99<1ms", "--calibration", "nowhere"], ["--calibration nowhere", "not a file", "doctor --calibrate"]),
        (["doctor", "--generator", "nowhere"], ["--generator nowhere", "no such program"]),
        (["load"], ["--connect"]),
        (["load", "--connect", "here"], ["--connect here", "HOST:PORT"]),
        (["load", "--connect", "127.0.0.1:70000"], ["--connect 127.0.0.1:70000", "65535"]),
    ],
    ids=lambda value: "_".join(value)[:40] if value and value[0] in ("run", "sweep", "load", "list") else "",
)
def test_arguments(program, tmp_path, arguments, words):
    result = program(*arguments, cwd=tmp_path)
    assert result.code == USAGE, result
    assert result.stdout == ""
    complaint = result.complaint()
    assert [word for word in words if word not in complaint] == [], complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content, words",
    [
        ("", ["holds no message"]),
        ("0\n1ms\nlater\n", ["line 3", "not a time"]),
        ("2ms\n1ms\n", ["line 2", "earlier"]),
        ("0\n1s\n", ["last message is due at 1s", "--duration"]),
        ("0\n1s 8\n1h\n", ["connection 8", "--connections 8"]),
    ],
)
def test_recorded_arrivals(program, tmp_path, content, words):
    path = tmp_path / "trace.txt"
    path.write_text(content, encoding="ascii")
    result = program("run", "--arrival", program.path(path), cwd=tmp_path)
    assert result.code == USAGE, result
    complaint = result.complaint()
    assert [word for word in ["--arrival", "trace", *words] if word not in complaint] == [], complaint
    assert list(tmp_path.iterdir()) == [path]


def test_an_engine_of_the_other_system_is_named_with_its_reason(program, tmp_path):
    name, system = ("epoll", "linux") if program.windows else ("iocp", "windows")
    result = program("run", "--engine", name, cwd=tmp_path)
    assert result.code == USAGE, result
    assert f"--engine {name}: a {system} engine" in result.complaint()
    assert "null" in result.complaint(), "what there is instead"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", ["v6", "dual"])
def test_a_machine_without_ipv6_is_found_before_the_first_run(native, tmp_path, version):
    alone = ["unshare", "--user", "--map-root-user", "--net"]  # a network in which not even ::1 is up
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespace can be made here")
    program = Program([*alone, *native.command], False, None)
    result = program("run", "--engine", "select", "--ip", version, cwd=tmp_path)
    assert result.code == USAGE, result
    assert result.complaint().startswith(f"--ip {version}: not available here: bind([::1]:0): EADDRNOTAVAIL")
    assert list(tmp_path.iterdir()) == []


def test_an_engine_with_too_small_a_limit_is_skipped_visibly_and_refused_alone(program):
    every = program("run", "--dry-run", "--engine", "select,blocking", "--connections", "5000", "--size", "64")
    assert every.code == OK, every
    assert "skipped select: tcp-sink-64B-c5000-10k" in every.stderr
    assert "select/" not in every.stdout and "blocking/tcp-sink-64B-c5000-10k" in every.stdout
    alone = program("run", "--dry-run", "--engine", "select", "--connections", "5000")
    assert alone.code == USAGE, alone
    assert "nothing to run: select: tcp-sink-64B-c5000-10k: takes at most" in alone.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"repeat = 3\nfrob = 1\n", ["frob", "no such key", "repeat"]),
        (b"[run]\nrepeat = 3\n", ["repeat", "no such key"]),
        (b"dry-run = true\n", ["dry-run", "no such key"]),
        (b"repeat = 0\n", ["--repeat 0"]),
        (b'size = [64, "39"]\n', ["--size 39"]),
        (b'repeat = 1\nengine = ["null",\n  "select"]\n', ["line 2: an array must be on one line"]),
        (b'# [\nengine = "[" # ]\nsize = 64]\n', ["line 3: an array must be on one line"]),
        (b"repeat = 1\n\x00\x01\x1b[31m\n", ["line 2: not text"]),
        (b"verify = perhaps\n", ["verify"]),
    ],
)
def test_config_files(program, tmp_path, content, words):
    path = tmp_path / "bench.toml"
    path.write_bytes(content)
    result = program("run", "--config", program.path(path), cwd=tmp_path)
    assert result.code == USAGE, result
    complaint = result.complaint()
    assert [word for word in words if word not in complaint] == [], complaint
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_config_files_that_cannot_be_read(program, tmp_path, kind):
    path = tmp_path / "bench.toml"
    if kind == "directory":
        path.mkdir()
    result = program("run", "--config", program.path(path), "--dry-run")
    assert result.code == USAGE, result
    assert result.complaint() == f"--config {program.path(path)}: cannot be read"


def test_a_config_file_that_was_dumped_gives_the_same_plan(program, tmp_path):
    options = ["--engine", "select,null", "--size", "64,1kb", "--rate", "2k,max", "--connections", "3", "--repeat", "2",
               "--seed", "7", "--duration", "250ms", "--verify"]
    dumped = program("run", *options, "--dump-config")
    assert dumped.code == OK and dumped.stderr == "", dumped
    path = tmp_path / "bench.toml"
    path.write_text(dumped.stdout, encoding="utf-8")
    plan = program("run", *options, "--dry-run")
    again = program("run", "--config", program.path(path), "--dry-run")
    assert plan.code == OK, plan
    assert "round 1  select/tcp-sink-1KiB-c3-2k" in plan.stdout
    assert again.stdout == plan.stdout
    # The command line wins over the file.
    once = program("run", "--config", program.path(path), "--dry-run", "--repeat", "1")
    assert "round 1" not in once.stdout and "round 0" in once.stdout


def test_a_dry_run_shows_plan_and_time_and_writes_nothing(program, tmp_path):
    result = program("run", "--dry-run", "--engine", "null,select", "--repeat", "2", "--rate", "1k", "--warmup", "1s",
                     "--duration", "2s", cwd=tmp_path)
    assert result.code == OK, result
    first, *plan = result.stdout.splitlines()
    assert first == "4 runs (2 engines, 2 scenarios, 2 rounds), about 14s"
    assert [line.split()[0] for line in plan] == ["0", "1", "2", "3"]
    assert [line.split()[2] for line in plan] == ["0", "0", "1", "1"]
    assert list(tmp_path.iterdir()) == []


def test_list_tells_of_every_engine(program):
    result = program("list", "--json")
    assert result.code == OK and result.stderr == "", result
    engines = json.loads(result.stdout)
    names = [engine["name"] for engine in engines]
    assert len(names) == len({(engine["name"], engine["platform"]) for engine in engines})
    windows = {"wsapoll", "event-select", "async-select", "overlapped-event", "completion-routine", "iocp", "threadpool-io",
               "socket-notifications", "afd-poll", "rio"}
    here = {"asio", "blocking", "nonblocking-spin", "select", "null"} | (windows if program.windows else {"poll", "epoll"})
    assert here <= {engine["name"] for engine in engines if engine["available"]}
    assert {"iocp", "rio", "epoll", "io_uring"} <= set(names), "those of the other system are there too"
    for engine in engines:
        assert {"name", "api", "platform", "protocols", "available", "reason", "limits"} <= set(engine)
        assert engine["name"] and engine["api"], engine
        assert engine["protocols"] in (["tcp"], ["tcp", "udp"]), engine
        assert engine["available"] or engine["reason"], engine
        assert engine["protocols"] == (["tcp"] if engine["synthetic"] else ["tcp", "udp"]), engine["name"]
        for limit in engine["limits"]:
            assert limit["name"] and limit["value"] >= 0 and limit["source"], engine
    text = program("list")
    assert text.code == OK
    assert all(any(line.startswith(name) for line in text.stdout.splitlines()) for name in names)


def test_list_of_one_engine_tells_its_settings(program):
    result = program("list", "select", "--json")
    assert result.code == OK, result
    (engine,) = json.loads(result.stdout)
    settings = {setting["name"]: setting for setting in engine["settings"]}
    assert settings["threads"]["default"] == "1" and settings["threads"]["allowed"] == "1 to 1024"
    assert settings["buffer"]["default"] == "64KiB" and settings["buffer"]["kind"] == "bytes"
    text = program("list", "select")
    assert text.code == OK
    assert all(setting["name"] in text.stdout and setting["help"] in text.stdout for setting in engine["settings"])


def test_list_says_once_that_an_engine_is_emulated(program):
    engines = json.loads(program("list", "--json").stdout)
    emulated = [engine for engine in engines if engine["emulated"]]
    if not emulated:
        pytest.skip("no engine runs on an emulation here")
    for engine in emulated:
        text = program("list", engine["name"]).stdout
        assert f"  runs here  {engine['reason']}\n" in text and text.count("emulated") == 1, text


def test_settings_are_swept_as_engines_of_their_own(program):
    result = program("run", "--dry-run", "--engine", "select:threads=1|2,buffer=512|4kb", "--rate", "1k")
    assert result.code == OK, result
    cells = {line.split()[3] for line in result.stdout.splitlines()[1:]}
    assert cells == {f"select:threads={threads},buffer={buffer}/tcp-sink-64B-c8-1k"
                     for threads in (1, 2) for buffer in ("512", "4KiB")}


def test_a_sweep_is_the_cross_product_without_what_is_excluded(program):
    result = program("sweep", "--dry-run", "--engine", "select:threads=1|2", "--connections", "1,64", "--rate", "1k", "--exclude",
                     "select:threads=2/*-c1-*")
    assert result.code == OK, result
    cells = {line.split()[3] for line in result.stdout.splitlines()[1:]}
    assert cells == {"select:threads=1/tcp-sink-64B-c1-1k", "select:threads=1/tcp-sink-64B-c64-1k",
                     "select:threads=2/tcp-sink-64B-c64-1k"}
    run = program("run", *axes(), "--dry-run")
    sweep = program("sweep", *axes(), "--dry-run")
    assert run.stdout == sweep.stdout, "a sweep is a run whose axes are required"


def axes():
    return ["--engine", "select,null", "--size", "64,1kb", "--rate", "2k,max", "--seed", "7"]


def test_help_states_the_exit_codes(program):
    result = program("--help")
    assert result.code == OK
    assert "13 invalid measurement" in result.stdout and "130 interrupted" in result.stdout
