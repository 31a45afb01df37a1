"""An application that answers each WebSocket message with its length, or with a message of the requested length."""

from __future__ import annotations

from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            text = event["text"]
            answer = "x" * int(text[4:]) if text.startswith("say ") else str(len(text))
            await send({"type": "websocket.send", "text": answer})
        else:
            return
