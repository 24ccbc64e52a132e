"""Drives the gate by the Python SDK of the Model Context Protocol: the five situations, a flood, and the edges of HTTP.

    python client.py GATEKEEPER STATE {stdio,http} {auto,legacy}

An agent's part is played through MCP alone; a person's through the command line of the gate. The world's time passes when the
person says so. Exits with 0 if all is as it must be.
"""

import http.client
import json
import pathlib
import re
import subprocess
import sys
from contextlib import asynccontextmanager

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp.types import Implementation

PER_MINUTE = 60
BINARY, STATE, TRANSPORT, MODE = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
FAULTS = ["pool@store-1", "release@cart", "pool@catalog-2", "leak@store-3"]
SERVE = ["serve", "--state", str(STATE), "--speed", "0", "--seed", "7", "--first-fault", "5", "--no-other-faults"]
SERVE += ["--proposals-per-minute", str(PER_MINUTE)] + [word for fault in FAULTS for word in ("--fault", fault)]


def operator(*words):
    """What a person says, on a channel of its own."""
    done = subprocess.run([BINARY, "operator", "--state", str(STATE), *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def advance(seconds):
    operator("advance", str(seconds))


@asynccontextmanager
async def connect():
    info = Implementation(name="a test\x1b[31m client", version="1")
    if TRANSPORT == "stdio":
        async with Client(StdioServerParameters(command=BINARY, args=SERVE), client_info=info, mode=MODE) as client:
            yield client
        return
    server = subprocess.Popen([BINARY, *SERVE, "--http", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+/mcp", server.stderr.readline()).group()
        check_edges_of_http(url)
        async with Client(url, client_info=info, mode=MODE) as client:
            yield client
    finally:
        server.terminate()
        server.wait(10)


def check_edges_of_http(url):
    """Pages of other origins, names that were rebound, and large bodies are turned away."""
    host, port = re.match(r"http://([^:/]+):(\d+)/", url).groups()
    ping = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

    def status(headers, body=ping):
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request("POST", "/mcp", body, usual | headers)
            return connection.getresponse().status
        finally:
            connection.close()

    assert status({}) == 200, status({})
    assert status({"Host": f"evil.example:{port}"}) == 403
    assert status({"Origin": "https://evil.example"}) == 403
    assert status({}, '{"x": "' + 70_000 * "y" + '"}') == 413


def check_operators_channel():
    """Without its token nobody is heard there, and MCP is not there."""
    host, port = json.loads((STATE / "operator.json").read_text())["address"].split(":")
    assert (STATE / "operator.json").stat().st_mode & 0o777 == 0o600
    for token in ["", "Bearer ", "Bearer " + 64 * "0", 64 * "0"]:
        for path, body in [("/pending", None), ("/answer", '{"key": "0.0.0", "agrees": true, "by": "x"}'), ("/halt", "{}"), ("/advance", "{}")]:
            connection = http.client.HTTPConnection(host, int(port), timeout=10)
            connection.request("POST" if body else "GET", path, body, {"Authorization": token})
            assert connection.getresponse().status == 401, path
            connection.close()


async def call(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    text = "".join(block.text for block in result.content)
    assert len(result.content) == 1, result
    return bool(result.is_error), text


async def propose(client, action, confidence=0.9, reason="a test"):
    return await call(client, "propose", action=action, reason=reason, confidence=confidence)


async def status(client, tokens=3000):
    is_error, text = await call(client, "status", tokens=tokens)
    assert not is_error, text
    return text


async def until(client, what, seconds=400, step=5):
    for _ in range(0, seconds, step):
        text = await status(client)
        if re.search(what, text):
            return text
        advance(step)
    raise AssertionError(f"no {what!r} after {seconds} s:\n{text}")


def number_of(text):
    return int(re.match(r"proposal (\d+) ", text).group(1))


async def check_tools(client):
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert sorted(listed) == ["diagnosis", "digest", "options", "propose", "status"], listed
    assert [name for name, tool in listed.items() if not tool.annotations.read_only_hint] == ["propose"]
    for name in ["status", "diagnosis", "options", "digest"]:
        for tokens in [400, 1000, 3000]:
            is_error, text = await call(client, name, tokens=tokens)
            assert not is_error and len(text.encode()) <= 3 * tokens, (name, tokens, len(text))
        is_error, text = await call(client, name, tokens=10**9)
        assert is_error and "`tokens`" in text, text
    try:
        await client.call_tool("approve", {"key": "0.0.0"})
    except MCPError:
        pass
    else:
        raise AssertionError("there is a tool `approve`")


async def within_bounds(client):
    await until(client, "waits for a proposal")
    _, diagnosis = await call(client, "diagnosis")
    assert "store" in diagnosis and "pool_wait_seconds of store-1" in diagnosis, diagnosis
    _, options = await call(client, "options")
    assert "restart store/store-1: yes, within the budget" in options, options
    restart = {"verb": "restart", "component": "store", "instance": "store-1"}
    is_error, text = await propose(client, restart, 0.8)
    assert not is_error and "permitted, being done" in text, text
    number = number_of(text)
    await until(client, rf"proposal {number} .*done, verified: users are fine")
    await until(client, "incident 0 ended .*: recovered")


async def waits_for_approval(client):
    await until(client, "incident 1, .*waits for a proposal")
    is_error, text = await propose(client, {"verb": "roll_back", "component": "cart"})
    key = re.search(r"waits for a person.*\[(\S+)\]", text).group(1)
    assert not is_error, text
    is_error, text = await propose(client, {"verb": "restart", "component": "cart", "instance": "cart-1"})
    assert is_error and "busy" in text, text
    calls = len((STATE / "world.jsonl").read_text().splitlines())
    advance(30)
    assert len((STATE / "world.jsonl").read_text().splitlines()) == calls, "nobody agreed"
    pending = json.loads(operator("pending", "--json"))
    assert [p["key"] for p in pending] == [key] and pending[0]["action"] == "roll back cart", pending
    operator("approve", key, "--by", "a tester")
    await until(client, "incident 1 ended .*: recovered")


async def out_of_bounds(client):
    await until(client, "incident 2, .*waits for a proposal")
    is_error, text = await propose(client, {"verb": "restart", "component": "catalog"}, 1.0)
    assert not is_error and "refused (" in text and "blast radius: 3 of 3 instances of catalog" in text, text
    is_error, text = await propose(client, {"verb": "restart", "component": "catalog"}, 1.0)
    assert is_error and "came to nothing just now" in text, text


async def hostile(client):
    touched = STATE / "touched"
    good = {"verb": "drain", "component": "catalog", "instance": "catalog-2"}
    shell = f"$(touch {touched})`touch {touched}`; touch {touched} | touch {touched}"
    cases = [
        ("action", dict(action=shell, reason="x", confidence=0.5)),
        ("action.verb", dict(action=good | {"verb": shell}, reason="x", confidence=0.5)),
        ("action.component", dict(action=good | {"component": shell}, reason="x", confidence=0.5)),
        ("action.instance", dict(action=good | {"instance": shell}, reason="x", confidence=0.5)),
        ("action.command", dict(action=good | {"command": shell}, reason="x", confidence=0.5)),
        ("confidence", dict(action=good, reason="x", confidence=2)),
        ("confidence", dict(action=good, reason="x", confidence="sure")),
        ("reason", dict(action=good, reason="x" * 5_000, confidence=0.5)),
        ("reason", dict(action=good, confidence=0.5)),
        ("approved_by", dict(action=good, reason="x", confidence=0.5, approved_by="root")),
    ]
    for field, arguments in cases:
        is_error, text = await call(client, "propose", **arguments)
        assert is_error and text.startswith(f"`{field}` must be"), (field, text)
        assert len(text) < 500, text
    # What is too long to be read is turned away. Over stdio it is answered without an id, as the line was not read, so the SDK
    # can't tell whose answer it is.
    if TRANSPORT == "http":
        try:
            await client.call_tool("propose", {"action": good, "reason": "x" * 200_000, "confidence": 0.5})
        except MCPError:
            pass
        else:
            raise AssertionError("200 kB were read")
    # A shell in the reason is a text, and stays one line of the log.
    is_error, text = await propose(client, {"verb": "shed", "component": "edge", "percent": 30}, 0.95, f"\x1b]0;x\x07\n{shell}")
    assert not is_error and "waits for a person" in text and shell not in text, text
    key = re.search(r"\[(\S+)\]", text).group(1)
    lines = [json.loads(line) for line in (STATE / "proposals.jsonl").read_text().splitlines()]
    kept = [line for line in lines if line.get("proposal") == number_of(text) and line["what"] == "proposed"]
    assert len(kept) == 1 and shell in kept[0]["reason"] and "\x1b" not in kept[0]["reason"] + kept[0]["client"], kept
    pid = json.loads((STATE / "operator.json").read_text())["pid"]
    children = [path.read_text() for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children")]
    assert "".join(children).strip() == "", children
    assert not touched.exists()
    return key, number_of(text)


async def does_not_help(client, key, number):
    operator("approve", key, "--by", "a tester")
    await until(client, rf"proposal {number} .*did not help; taken back by admit edge")
    await until(client, "incident 2, .*waits for a proposal")
    is_error, text = await propose(client, {"verb": "drain", "component": "catalog", "instance": "catalog-2"}, 0.9)
    assert not is_error and "permitted" in text, text
    text = await until(client, "incident 2 ended .*: recovered")
    assert "over 4 verified: stated 0.89 on average, helped 0.75" in text, text


def resident(pid):
    """Kilobytes."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


async def flood(client):
    await until(client, "incident 3, .*waits for a proposal")
    pid = json.loads((STATE / "operator.json").read_text())["pid"]
    before = resident(pid)
    taken, turned_away, rate = 0, 0, 0
    started = anyio.current_time()
    limit = anyio.CapacityLimiter(16)

    async def one(i):
        nonlocal taken, turned_away, rate
        async with limit:
            target = {"verb": "restart", "component": "store", "instance": f"store-{1 + i % 3}"}
            is_error, text = await propose(client, target, 0.99, "x" * 400)
        if not is_error:
            taken += 1
        elif text.startswith("rate: "):
            assert f"{PER_MINUTE} proposals are taken in a minute" in text, text
            rate += 1
        else:
            assert "busy" in text or "came to nothing just now" in text, text
            turned_away += 1

    async with anyio.create_task_group() as group:
        for i in range(1_000):
            group.start_soon(one, i)
    took = anyio.current_time() - started
    grown = resident(pid) - before
    assert took < 60 and rate >= 1_000 - PER_MINUTE and 1 <= taken <= PER_MINUTE, (took, taken, turned_away, rate)
    assert taken + turned_away + rate == 1_000
    assert grown < 16_384, f"{grown} kB"
    print(f"{TRANSPORT}/{MODE}: 1000 proposals in {took:.1f} s: {taken} taken, {turned_away} turned away, {rate} beyond the rate; {grown} kB more")
    await status(client)
    advance(60)


async def main():
    with anyio.fail_after(240):
        async with connect() as client:
            print(f"{TRANSPORT}/{MODE}: protocol {client.protocol_version}, server {client.server_info.name}")
            check_operators_channel()
            await check_tools(client)
            await within_bounds(client)
            await waits_for_approval(client)
            await out_of_bounds(client)
            key, number = await hostile(client)
            await does_not_help(client, key, number)
            await flood(client)


anyio.run(main)
