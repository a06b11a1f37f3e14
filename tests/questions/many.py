"""A store with very many open questions, as a busy district leaves them over a year."""

import random

import numpy as np

from bot.store.sqlite import SqliteStore

_THINGS = ("护照", "公积金", "社保卡", "居住证", "驾照", "医保", "暖气费", "停车位", "疫苗", "老年卡", "户口", "水费")
_ASKS = ("怎么办", "去哪办", "多少钱", "要带啥", "谁管", "几点开门", "能退吗", "过期了咋整")


def fill(store: SqliteStore, count: int, per_group: int = 5) -> None:
    """``count`` open questions in groups, with vectors and conversations."""
    dice, vectors = random.Random(1), np.random.default_rng(1)
    with store.engine.write() as db:
        for number in range(1, count // per_group + 1):
            at = f"2026-02-{dice.randint(1, 28):02d}T08:{dice.randint(0, 59):02d}:00.000+00:00"
            centre = vectors.standard_normal(384).astype(np.float16).tobytes()
            label = f"{dice.choice(_THINGS)}{dice.choice(_ASKS)}{number}"
            group = db.execute(
                "insert into question_groups (label, centre, size, people, grave, first_at, last_at, rank, guess,"
                " guess_confidence) values (?, ?, ?, ?, ?, ?, ?, ?, 'legal-aid', 0.2)",
                [label, centre, per_group, per_group, number % 50 == 0, at, at, dice.random() * 100],
            ).lastrowid
            for k in range(per_group):
                resident = f"many:{number}:{k}"
                db.execute("insert into conversations values (?, 'web', '{}', ?, ?)", [resident, at, at])
                message = db.execute(
                    "insert into messages (resident, author, kind, text, request_id, at)"
                    " values (?, 'resident', 'text', ?, 'r', ?)",
                    [resident, label, at],
                ).lastrowid
                db.execute(
                    "insert into inbox (kind, resident, message_id, text, reason, at, group_id, vector)"
                    " values ('question', ?, ?, ?, '没听懂', ?, ?, ?)",
                    [resident, message, label, at, group, centre],
                )
