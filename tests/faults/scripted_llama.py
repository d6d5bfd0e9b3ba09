"""A scripted llama-server: a Python program that speaks /health and /v1/chat/completions.

What it shall do stands behind the magic bytes of its model file; what it was told (arguments,
environment, requests) it writes beside that file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SCRIPTED = r"""#!%(python)s
import json, os, signal, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

args = dict(zip(sys.argv[1::1], sys.argv[2::1]))
gguf = args["--model"]
script = json.loads(open(gguf, "rb").read()[4:] or b"{}")
lives = gguf + ".seen"
life = sum(1 for _ in open(lives)) if os.path.exists(lives) else 0
child = subprocess.Popen(["sleep", "60"]).pid if script.get("child") else None
with open(lives, "a") as seen:
    told = {"argv": sys.argv, "env": dict(os.environ), "pid": os.getpid(), "child": child}
    seen.write(json.dumps(told) + "\n")
if script.get("stubborn"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(script.get("chatter", 0)):
    print("chatter " * 500, flush=True)
print("loading the model", flush=True)
if life < script.get("fails", 0):
    sys.exit("error: out of memory")
key = open(args["--api-key-file"]).read().strip()
ready_at = time.monotonic() + script.get("load_s", 0)
asked = 0

class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def say(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if time.monotonic() < ready_at:
            return self.say(503, b'{"error":{"code":503,"message":"Loading model"}}')
        if self.path == "/health":
            return self.say(200, b'{"status":"ok"}')
        self.say(200, json.dumps({"data": [{"id": args["--alias"]}]}).encode())
    def do_POST(self):
        global asked
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != "Bearer " + key:
            return self.say(401, b'{"error":{"message":"Invalid API Key"}}')
        asked += 1
        with open(gguf + ".asked", "a") as file:
            file.write(json.dumps(body) + "\n")
        text = str(os.getpid())
        end = {"finish_reason": "stop", "index": 0}
        if not body["stream"]:
            choice = {"message": {"content": text}, **end}
            return self.say(200, json.dumps({"choices": [choice]}).encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        first = {"choices": [{"delta": {"content": text}, "index": 0}]}
        self.wfile.write(b"data: %%s\n\n" %% json.dumps(first).encode())
        self.wfile.flush()
        if script.get("dies_at") == asked and life == 0:
            os.kill(os.getpid(), signal.SIGSEGV)
            time.sleep(5)
        last = {"choices": [{"delta": {}, **end}]}
        self.wfile.write(b"data: %%s\n\n" %% json.dumps(last).encode())
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

ThreadingHTTPServer(("127.0.0.1", int(args["--port"])), Door).serve_forever()
"""


def scripted(folder: Path, **script: Any) -> dict[str, Any]:
    """A scripted llama-server and its model in `folder`; the options that name them."""
    binary = folder / "llama-server"
    binary.write_text(SCRIPTED % {"python": sys.executable})
    binary.chmod(0o755)
    (folder / "m.gguf").write_bytes(b"GGUF" + json.dumps(script).encode())
    (folder / "mmproj.gguf").write_bytes(b"GGUF")
    return {"binary": "llama-server", "gguf": "m.gguf", "mmproj": "mmproj.gguf"}


def lives(folder: Path) -> list[dict[str, Any]]:
    """What each of its lives was told: argv, env, pid, child."""
    seen = folder / "m.gguf.seen"
    return [json.loads(line) for line in seen.read_text().splitlines()] if seen.exists() else []
