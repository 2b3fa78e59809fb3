"""A real local HTTP server that answers as a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext

Handler = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class LocalServer:
    """`answers`: path, with or without its query -> function of the request handler.

    `seen`: (path with query, headers) of each request; `bodies`: what came with each.
    """

    port: int = 0
    answers: dict[str, Handler] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def paths(self) -> list[str]:
        return [path for path, _headers in self.seen]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Handler:
    """A plain answer; content_type="text/csv" becomes Content-Type."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return handle


@contextmanager
def serving(context: SSLContext | None = None) -> Iterator[LocalServer]:
    local = LocalServer()

    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            local.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            local.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            fallback = local.answers.get(self.path.partition("?")[0], answer(404))
            with suppress(BrokenPipeError, ConnectionResetError):
                local.answers.get(self.path, fallback)(self)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Requests)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    local.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield local
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
