"""gdb with its machine interface (GDB manual, "The GDB/MI Interface"), one command after the other."""

import re
import selectors
import subprocess
import time

from .constants import GdbTimeoutError

PROMPT = "(gdb)"
STREAMS = {"~": "console", "&": "log", "@": "target"}
RECORDS = {"^": "result", "*": "notify", "=": "notify", "+": "notify"}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b"}


def unquote(text):
    """The text of a C string, quotes included."""

    def plain(match):
        code = match.group(1)
        return chr(int(code, 8)) if code[0] in "01234567" else ESCAPES.get(code, code)

    return re.sub(r"\\([0-7]{1,3}|.)", plain, text[1:-1])


def parse(line):
    """One line of gdb's as a dictionary, with its members in pygdbmi's order."""
    match = re.match(r"(\d*)([~&@^*=+])(.*)", line)
    if match is None:
        return {"type": "output", "message": None, "payload": line, "stream": "stdout"}
    _token, sign, rest = match.groups()
    if sign in STREAMS:
        return {"type": STREAMS[sign], "message": None, "payload": unquote(rest), "stream": "stdout"}
    message, _, results = rest.partition(",")
    return {"type": RECORDS[sign], "message": message, "payload": results, "stream": "stdout"}


class GdbController:
    """A gdb process. `write` sends a command and gives what gdb said until it takes the next one."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.pending = b""
        self.until_prompt(time.monotonic() + 60)

    def write(self, command, timeout_sec=32.0):
        self.process.stdin.write(f"{command}\n".encode())
        deadline = time.monotonic() + timeout_sec
        records = self.until_prompt(deadline)
        # A machine that was let run is waited for: gdb takes nothing before it stops.
        if self.last(records, "result") == "running":
            while self.last(records, "notify", ("stopped",)) is None:
                records += self.until_prompt(deadline)
        return records

    def exit(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    @staticmethod
    def last(records, kind, messages=None):
        found = [r["message"] for r in records if r["type"] == kind and (messages is None or r["message"] in messages)]
        return found[-1] if found else None

    def until_prompt(self, deadline):
        records = []
        while True:
            line = self.line(deadline)
            if line.rstrip() == PROMPT:
                return records
            records.append(parse(line))

    def line(self, deadline):
        while b"\n" not in self.pending:
            if not self.selector.select(max(0, deadline - time.monotonic())):
                raise GdbTimeoutError("gdb did not answer in time")
            chunk = self.process.stdout.read(65536)
            if not chunk:
                raise GdbTimeoutError("gdb has ended")
            self.pending += chunk
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode(errors="replace")
