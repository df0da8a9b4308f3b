"""Keeps the demo's robots running beside the server, in a process of their own."""

import asyncio
import sys

from django.conf import settings

AGAIN_SECONDS = 10.0


async def keep_robots(base: str) -> None:
    """Starts the child and starts it again whenever it ends; ends it with the server. Its standard
    input is the leash: a killed server leaves no orphan."""
    command = [sys.executable, "-m", "config.management.demo.robots", base]
    while True:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, cwd=settings.BASE_DIR
        )
        try:
            await child.wait()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        await asyncio.sleep(AGAIN_SECONDS)
