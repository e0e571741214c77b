"""The rude visitors of the drill `flood`, in a process of their own: posts at a steady pace from
many addresses of this machine, each on its own connection."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter

from .flood import ORIGINS, PACE

_BODY = b"text=%E6%84%8F%E8%A6%8B&sure=1&once=" + b"x" * 200
_REQUEST = (
    b"POST /public/consultations/1/opinion HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    + f"Content-Length: {len(_BODY)}\r\n\r\n".encode()
    + _BODY
)


async def _origin(number: int, port: int, end: float, statuses: Counter[str]) -> None:
    each = ORIGINS / PACE
    await asyncio.sleep(each * number / ORIGINS)
    address = f"127.0.{1 + number // 200}.{1 + number % 200}"
    while time.monotonic() < end:
        due = time.monotonic() + each
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(address, 0)
            )
            writer.write(_REQUEST)
            line = await asyncio.wait_for(reader.readline(), 30)
            statuses[line.split()[1].decode() if line else "closed"] += 1
            writer.close()
        except (OSError, TimeoutError):
            statuses["closed"] += 1
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def main(port: int, seconds: float) -> None:
    said: Counter[str] = Counter()
    end = time.monotonic() + seconds
    await asyncio.gather(*(_origin(number, port, end, said) for number in range(ORIGINS)))
    for status, number in sorted(said.items()):
        print(status, number)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
