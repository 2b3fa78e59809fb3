"""In front of Django: a delivery that is too large is refused while it comes in, before any of it is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class LimitedDeliveries:
    """ASGI middleware for `/ingest/`. Django reads a whole body to disk first, also one without a declared length."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not path.startswith("/ingest/"):
            await self._application(scope, receive, send)
            return
        from portal.ingestion.webhook import SIZE_LIMIT

        body = _Counted(receive, send, SIZE_LIMIT)
        if body.takes(_declared(scope)):
            await self._application(scope, body.receive, body.send)
        if body.refused:
            await _refuse(send)


def _declared(scope: Message) -> int:
    """Bytes, by the request's own account; 0 if it has none."""
    text = dict(scope["headers"]).get(b"content-length", b"")
    return int(text) if text.isdigit() else 0


class _Counted:
    """A body that ends, as if its sender were gone, where it becomes too large."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send = receive, send
        self._left = limit
        self.refused = False

    def takes(self, size: int) -> bool:
        self.refused = self.refused or size > self._left
        return not self.refused

    async def receive(self) -> Message:
        message = await self._receive()
        size = len(message.get("body", b""))
        if not self.takes(size):
            return {"type": "http.disconnect"}
        self._left -= size
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            await self._send(message)


async def _refuse(send: Send) -> None:
    from portal.ingestion.webhook import too_large

    answer = too_large()
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"connection", b"close"))  # else the server reads the rest, to throw it away
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
