"""Settlement in plain Python: what is posted, and on which statement each entry stands."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)
# account, number, last day, lines, adjustments, gross, commission
Stated = tuple[str, int, date, int, int, Decimal, Decimal]


@dataclass
class Entry:
    """A sale, or the `reversal_of` one."""

    account: str
    day: date
    gross: Decimal
    commission: Decimal
    reversal_of: "Entry | None" = None
    statement: Stated | None = None


@dataclass
class Books:
    """Entries and the statements they stand on."""

    entries: list[Entry] = field(default_factory=list)
    statements: list[Stated] = field(default_factory=list)

    def sell(self, account: str, day: date, gross: Decimal, rate: Decimal) -> Entry:
        commission = (gross * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
        self.entries.append(Entry(account, day, gross, commission))
        return self.entries[-1]

    def cancel(self, sold: Entry, day: date) -> None:
        if not any(each.reversal_of is sold for each in self.entries):
            taken = Entry(sold.account, day, -sold.gross, -sold.commission, reversal_of=sold)
            self.entries.append(taken)

    def close(self, account: str, cycle: str, today: date) -> None:
        while waiting := self.open(account):
            closed = [each for each in self.statements if each[0] == account]
            before = max((each[2] for each in closed), default=date.min)
            last = max(min(each.day for each in waiting), before + DAY)
            while not is_last(cycle, last):
                last += DAY
            if last >= today:
                return
            self._state(account, len(closed) + 1, before, last)

    def open(self, account: str) -> list[Entry]:
        return [each for each in self.entries if each.account == account and not each.statement]

    def _state(self, account: str, number: int, before: date, last: date) -> None:
        taken = [each for each in self.open(account) if each.day <= last]
        late = [
            each
            for each in taken
            if each.day <= before or (each.reversal_of and each.reversal_of.statement)
        ]
        gross = sum((each.gross for each in taken), Decimal(0))
        commission = sum((each.commission for each in taken), Decimal(0))
        made = (account, number, last, len(taken), len(late), gross, commission)
        self.statements.append(made)
        for each in taken:
            each.statement = made


def is_last(cycle: str, day: date) -> bool:
    """Whether a period ends with this day."""
    if cycle == "weekly":
        return day.isoweekday() == 7
    return (day + DAY).day == 1 and (cycle == "monthly" or day.month in (3, 6, 9, 12))
