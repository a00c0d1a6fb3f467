"""Writes a records folder with a long price history, the same bytes every time.

    python benchmarks/make_history.py FOLDER [INSTRUMENTS=200] [YEARS=20] [LAST_DAY=2025-12-05]

One row an instrument and weekday: low, high, average and status; every thousandth row is revised.
"""

import random
import sys
from datetime import date, timedelta
from pathlib import Path


def weekdays(last: date, years: int) -> list[str]:
    days = (last - timedelta(days=n) for n in range(years * 365 + years // 4, -1, -1))
    return [day.isoformat() for day in days if day.weekday() < 5]


def make(folder: Path, instruments: int, years: int, last: date) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        f"- {{id: material-{n:03d}, name: Material {n}, unit: mt, currency: CNY, frequency: daily, tick: 50}}"
        for n in range(instruments)
    ]
    (folder / "instruments.yaml").write_text("\n".join(entries) + "\n", encoding="utf-8")
    chance = random.Random(20251205)
    days = weekdays(last, years)
    rows = 0
    with (folder / "prices.csv").open("w", encoding="utf-8", newline="\n") as out:
        out.write("instrument,date,low,high,average,status,revision,published_at\n")
        for n in range(instruments):
            price = 20_000 + 500 * n
            for day in days:
                price = max(5_000, price + 50 * chance.randint(-8, 8))
                half = 50 * chance.randint(4, 20)
                out.write(f"material-{n:03d},{day},{price - half},{price + half},{price},assessed,0,\n")
                rows += 1
                if rows % 1000 == 0:
                    later = date.fromisoformat(day) + timedelta(days=3)
                    high = price + half + 50
                    out.write(
                        f"material-{n:03d},{day},{price - half},{high},{price + 25},assessed,1,{later}\n"
                    )
    return rows


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[2:]))
    count = make(
        Path(sys.argv[1]),
        int(given.get(0, 200)),
        int(given.get(1, 20)),
        date.fromisoformat(given.get(2, "2025-12-05")),
    )
    print(f"{count:,} rows")
