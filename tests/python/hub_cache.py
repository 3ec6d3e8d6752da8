"""Whether glyxel and Python's huggingface_hub find each other's downloads, both ways, and over TLS.

A small hub on loopback serves a fixture; each side downloads into a fresh cache, and the other then loads from it offline.
Not part of `make test`, which has no Python:

    make && python tests/python/hub_cache.py target/release/glyxel
"""

import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIXTURE = Path(__file__).parents[1] / "fixtures" / "bert" / "st_dense_tanh"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ID = "org/name"
FILES = {str(p.relative_to(FIXTURE)): p.read_bytes() for p in FIXTURE.rglob("*") if p.is_file()}


def etag(name: str) -> str:
    content = FILES[name]
    if name.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def answer(self, status: int, body: bytes, **headers: str):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self):
        Hub.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if path.startswith(f"/api/models/{ID}/tree/"):
            entry = lambda n: {"type": "file", "path": n, "size": len(FILES[n]), "oid": "0" * 40}
            return self.answer(200, json.dumps([entry(n) for n in FILES]).encode(), Content_Type="application/json")
        if path.startswith(f"/api/models/{ID}"):
            info = {"id": ID, "sha": COMMIT, "siblings": [{"rfilename": n} for n in FILES]}
            return self.answer(200, json.dumps(info).encode(), Content_Type="application/json")
        name = path.removeprefix(f"/{ID}/resolve/").partition("/")[2]
        if name in FILES:
            tag = f'"{etag(name)}"'
            large = {"X_Linked_Etag": tag, "X_Linked_Size": str(len(FILES[name]))} if name.endswith(".safetensors") else {}
            return self.answer(200, FILES[name], ETag=tag, X_Repo_Commit=COMMIT, **large)
        return self.answer(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def start(certificate: Path | None = None) -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"{'https' if certificate else 'http'}://localhost:{server.server_port}"


def run(command: list[str], cache: str, **variables: str) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_")) and "proxy" not in k.lower()}
    environment |= {"HF_HOME": cache, "GLYXEL_CACHE": cache} | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def succeeds(command: list[str], cache: str, **variables: str):
    done = run(command, cache, **variables)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "target/release/glyxel"
    scratch = tempfile.TemporaryDirectory()
    convert = lambda spec: [program, "convert", spec, "-o", f"{scratch.name}/bundle.pt"]
    load = "from sentence_transformers import SentenceTransformer as S; S('org/name').encode('a text')"
    whole = "from huggingface_hub import snapshot_download as d; print(d('org/name'))"
    url = start()
    offline = {"HF_HUB_OFFLINE": "1"}

    for name, python in [("sentence-transformers", load), ("snapshot_download", whole)]:
        with tempfile.TemporaryDirectory() as cache:
            succeeds([sys.executable, "-c", python], cache, HF_ENDPOINT=url)
            succeeds(convert(ID), cache, **offline)
            Hub.asked.clear()
            succeeds(convert(f"{ID}@{COMMIT}"), cache, HF_ENDPOINT=url)
            downloaded = [line for line in Hub.asked if line.startswith("GET /org")]
            assert not downloaded, downloaded
            print(f"downloaded by {name}: loads offline; by its commit it asked {Hub.asked}")

    with tempfile.TemporaryDirectory() as cache:
        succeeds(convert(ID), cache, HF_ENDPOINT=url)
        succeeds([sys.executable, "-c", load], cache, **offline)
        Hub.asked.clear()
        succeeds([sys.executable, "-c", load], cache, HF_ENDPOINT=url)
        downloaded = [line for line in Hub.asked if line.startswith("GET /org")]
        assert not downloaded, downloaded
        print("downloaded by glyxel: sentence-transformers loads offline, and online downloads nothing")

    with tempfile.TemporaryDirectory() as cache:
        pair, certificate = Path(cache, "pair.pem"), Path(cache, "certificate.pem")
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        make += ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
        subprocess.run([*make, "-keyout", pair, "-out", certificate], check=True, capture_output=True)
        pair.write_bytes(pair.read_bytes() + certificate.read_bytes())
        secure = start(pair)
        refused = run(convert(ID), cache, HF_ENDPOINT=secure)
        assert refused.returncode != 0 and "SSL_CERT_FILE" in refused.stderr, refused.stderr
        succeeds(convert(ID), cache, HF_ENDPOINT=secure, SSL_CERT_FILE=str(certificate))
        print("TLS: refused without the certificate, downloaded with SSL_CERT_FILE")


if __name__ == "__main__":
    main()
