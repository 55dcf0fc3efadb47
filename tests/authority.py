"""A timestamp authority for tests: OpenSSL's own, behind a small server on loopback (RFC 3161)."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONFIGURATION = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass
class Authority:
    """Answers while `gone` is not set; `asked` counts the queries."""

    folder: Path
    url: str = ""
    gone: bool = False
    asked: int = 0
    alters: Callable[[bytes], bytes] = field(default=bytes)
    """What becomes of an answer on its way."""

    @property
    def roots(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def reply(self, query: bytes) -> bytes:
        asked, replied = self.folder / "query", self.folder / "reply"
        asked.write_bytes(query)
        self.openssl(
            "ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(asked), "-out", str(replied)
        )
        return self.alters(replied.read_bytes())

    def openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


def established(folder: Path) -> Authority:
    """Make an authority with a root of its own."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here, which is the authority")
    it = Authority(folder)
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "usage").write_text(
        "extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n"
    )
    it.openssl("req", "-x509", *KEY, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root")
    it.openssl("req", *KEY, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=authority")
    it.openssl(
        "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-out", "tsa.pem", "-extfile", "usage",
    )  # fmt: skip
    return it


@contextmanager
def answering(authority: Authority) -> Iterator[Authority]:
    """Let it answer over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(503 if authority.gone else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            if not authority.gone:
                self.wfile.write(authority.reply(query))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with served(Handler) as url:
        authority.url = url
        yield authority


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on loopback and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
