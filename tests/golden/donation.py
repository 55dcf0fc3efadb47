"""Samples of donations and goods in stock."""

from domain.counting import Allocation
from domain.donation import (
    DonationPledged,
    DonationReceiptIssued,
    DonationReceived,
    DonationReturned,
    Gift,
    GiftMoneyPaidBack,
    GiftMoneyPaidOut,
    GoodsBack,
    ReceiptWaived,
)
from domain.donation_stock import (
    GoodsHandedOut,
    GoodsReleased,
    GoodsReserved,
    GoodsStored,
    GoodsTakenBack,
    GoodsWrittenOff,
    Restriction,
    StockCounted,
)
from domain.identity import derived_id
from tests.golden import DAY, sample, sealed, with_corrections

LOT, GIFT = derived_id("golden", "stream", "stock_item"), derived_id("golden", "stream", "donation")
NEED, DELIVERY = derived_id("golden", "stream", "need"), derived_id("golden", "delivery")
WISH = Restriction(purposes=("winter_relief",), audience="elderly")
COUNTS = (Allocation(indicator=derived_id("golden", "indicator"), measure="money"),)

SAMPLES = [
    sample(
        "donation",
        DonationPledged(
            kind="goods",
            value=500_000,
            donor=sealed("donor"),
            organisation="粮油店",
            anonymous=True,
            description="冬令物资",
            restriction=WISH,
        ),
    ),
    *with_corrections(
        sample(
            "donation",
            DonationReceived(
                kind="donation",
                audience="elderly",
                allocations=COUNTS,
                money=530_000,
                items=100,
                goods=(
                    Gift(
                        stock_item=LOT,
                        name="大米",
                        quantity=100,
                        unit="袋",
                        value=500_000,
                        batch="20181001",
                        expires=DAY,
                    ),
                ),
                cash=30_000,
                valuation="invoice",
            ),
        )
    ),
    sample(
        "donation",
        DonationReceiptIssued(number="甘财票001", issuer="市慈善会", form="statutory"),
    ),
    sample("donation", ReceiptWaived(reason="waived", explanation="捐赠人不需要")),
    sample(
        "donation",
        DonationReturned(
            reason="捐赠人要求", goods=(GoodsBack(stock_item=LOT, quantity=1),), cash=1
        ),
    ),
    sample("donation", GiftMoneyPaidOut(need=NEED, delivery=DELIVERY, amount=20_000)),
    sample("donation", GiftMoneyPaidBack(need=NEED, delivery=DELIVERY, amount=20_000)),
    *with_corrections(
        sample(
            "stock_item",
            GoodsStored(
                name="大米",
                quantity=100,
                unit="袋",
                value=500_000,
                donation=GIFT,
                batch="20181001",
                expires=DAY,
                restriction=WISH,
            ),
        )
    ),
    sample("stock_item", GoodsReserved(need=NEED, quantity=8)),
    sample("stock_item", GoodsReleased(need=NEED, quantity=8)),
    sample("stock_item", GoodsHandedOut(need=NEED, delivery=DELIVERY, quantity=4, from_reserve=2)),
    sample("stock_item", GoodsTakenBack(need=NEED, delivery=DELIVERY, quantity=4)),
    sample("stock_item", GoodsHandedOut(need=NEED, delivery=DELIVERY, quantity=4, value=20_000)),
    sample("stock_item", GoodsTakenBack(need=NEED, delivery=DELIVERY, quantity=0, value=-1)),
    sample("stock_item", GoodsWrittenOff(quantity=2, reason="damaged", explanation="受潮")),
    sample("stock_item", StockCounted(counted=17, difference=-1, explanation="破损未登记")),
]
