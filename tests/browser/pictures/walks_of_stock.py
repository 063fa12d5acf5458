"""Products, pools, and moving units between them."""

from inventory.models import Product, UrgentRelease
from tests import make

from .desks import Office, Pictures
from .office import a_day_of_sales
from .reader import Reader
from .shots import PHONE


def product(office: Office) -> Pictures:
    """A product that can be sold, and one that is sold no more."""
    reader, number = office.reader("ops"), {"en": 301, "zh": 302}[office.lang]
    reader.choose("Products")
    reader.add()
    reader.fill("Product id", number)
    reader.fill("Name", office.named("Evening Cruise", "夜游维港"))
    reader.fill("Type", "FERRY")
    reader.fill("Weekday price", 220)
    reader.fill("Weekend price", 260)
    reader.fill("Currency", "HKD")
    reader.fill("Capacity", 1200)
    reader.press_exactly("Add another Customer discount", "添加另一个 顾客优惠")
    reader.page.select_option("[name=discounts-0-customer_type]", "child")
    reader.page.fill("[name=discounts-0-amount]", "80")
    reader.press_exactly("Add another Product function", "添加另一个 产品功能")
    reader.page.fill("[name=functions-0-function_code]", "FERRY_BOARDING")
    for word in ("Customer type", "Amount", "Function code", "Uses", "Position"):
        reader.sees(word)
    reader.press("Save and continue editing")
    reader.press("Set up pools")
    reader.fill("OTA partners", 800)
    reader.fill("Direct sales", 400)
    reader.fill("Reason", reader.said("a new season", "新一季"))
    yield "pools", reader.shot()
    reader.press("Set up")
    made = Product.objects.get(pk=number)
    assert (make.pool(made)[0], make.pool(made, "direct")[0]) == (800, 400)
    reader.untick("Active")
    reader.fill("Reason", reader.said("the season is over", "季节已过"))
    reader.press("Save")
    made.refresh_from_db()
    assert not made.is_active


def ask_to_move(reader: Reader, of: str, units: int) -> None:
    reader.choose("Move stock")
    reader.fill("Product", of)
    reader.fill("From", reader.word("Direct sales"))
    reader.fill("To", reader.word("OTA partners"))
    reader.fill("Units", units)
    reader.fill("Expected demand", 400)
    reader.fill("Reason", reader.said("A tour operator books 80 more", "旅行社再订 80 张"))
    reader.press("Show what would change")
    reader.sees("Checks")


def move(office: Office) -> Pictures:
    """A move that is confirmed, one that is not what was seen, and one that is not allowed."""
    a_day_of_sales()
    reader, tea = office.reader("ops"), Product.objects.get(pk=108)
    ask_to_move(reader, str(tea), 80)
    yield "preview", reader.shot("#confirm-form")
    make.order("CONFIRMED", on=tea, quantity=3)
    reader.press("Move these units")
    yield "refused", reader.shot("#confirm-form")
    before = make.pool(tea)[0]
    reader.press("Move these units")
    assert make.pool(tea)[0] == before + 80
    reader.choose("Allocation history")

    ask_to_move(reader, str(tea), 5000)
    reader.sees("failed")
    small = office.reader("ops", PHONE)
    small.page.goto("/admin/inventory/channelallocation/reallocate/?product=108&units=40")
    small.fill("Expected demand", 400)
    small.fill("Reason", small.said("A tour operator books 80 more", "旅行社再订 80 张"))
    small.press("Show what would change")
    yield "phone", small.shot("#confirm-form")


def ask_for_release(reader: Reader, source: str) -> UrgentRelease:
    reader.choose("Emergency releases")
    reader.press("Ask for a release")
    reader.fill("Partner", "OTA_DEMO")
    reader.fill("Product", "107 Pet Plan")
    reader.fill("Units", 60)
    reader.sees("Taken from")
    reader.tick(source)
    reader.fill("Reason", reader.said("A school class missed its ship", "一个班级误了船"))
    reader.press("Ask for it")
    return UrgentRelease.objects.latest("requested_at")


def release(office: Office) -> Pictures:
    """Asked for by one, approved by another; then one rejected and one withdrawn."""
    asking, approving = office.reader("ops"), office.reader("approver")
    mine = ask_for_release(asking, "the pool of direct sales")
    approving.choose("Emergency releases")
    approving.open_first()
    approving.press("Approve")
    yield "approval", approving.shot()
    approving.press("Approve and move the units")
    mine.refresh_from_db()
    assert mine.status == "approved"

    mine = ask_for_release(asking, "more capacity")
    approving.choose("Emergency releases")
    approving.open_first()
    approving.press("Reject")
    approving.fill("Reason", "no second ship")
    approving.press("Reject this emergency release")
    mine.refresh_from_db()
    assert mine.status == "rejected"

    mine = ask_for_release(asking, "more capacity")
    asking.press("Withdraw")
    asking.fill("Reason", "a mistake")
    asking.press("Withdraw this emergency release")
    mine.refresh_from_db()
    assert mine.status == "withdrawn"


WALKS = {"product": product, "move": move, "release": release}
