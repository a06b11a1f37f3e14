"""A courier as a process of its own: ``python -m tests.delivery.run_courier DATABASE URL SECONDS``."""

import sys
import time
from pathlib import Path

from app import courier_of
from bot.config import Config, WechatConfig
from bot.store.sqlite import SqliteStore
from tests.delivery.conftest import APP_ID, APP_SECRET


def main(database: str, url: str, seconds: str) -> None:
    """Deliver for so long, then stop as the service does."""
    wechat = WechatConfig(app_id=APP_ID, app_secret=APP_SECRET, verified=True, api_base_url=url)
    courier = courier_of(Config(wechat=wechat), SqliteStore(Path(database)))
    courier.start()
    print("started", flush=True)
    time.sleep(float(seconds))
    courier.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
