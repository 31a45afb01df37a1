"""An application that says back how long each WebSocket message is, and says as much as it is asked for."""

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
