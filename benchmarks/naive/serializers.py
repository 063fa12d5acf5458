"""What the control reads and answers."""

# The type checker's settings do not know this app.
# mypy: ignore-errors

from typing import Any

from rest_framework import serializers

from .models import Hold, Product, SpecialDate


class ReserveSerializer(serializers.Serializer):
    product_id = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects.filter(is_active=True), source="product"
    )
    quantity = serializers.IntegerField(min_value=1, max_value=100)
    reservation_expires_at = serializers.DateTimeField(required=False)


class HoldSerializer(serializers.ModelSerializer):
    reservation_id = serializers.UUIDField(source="id")
    reserved_until = serializers.DateTimeField(source="expires_at")

    class Meta:
        model = Hold
        fields = [
            "reservation_id", "product_id", "quantity", "status", "reserved_until", "expires_at",
            "pricing_snapshot", "created_at",
        ]  # fmt: skip


class PricingSnapshotSerializer(serializers.ModelSerializer):
    """The prices of a product as a reservation freezes them."""

    base_price = serializers.FloatField(source="weekday_price")
    weekend_premium = serializers.SerializerMethodField()
    customer_type_pricing = serializers.ListField(default=[])
    customer_discounts = serializers.SerializerMethodField()
    special_dates = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "base_price", "weekend_premium", "currency", "customer_type_pricing",
            "customer_discounts", "special_dates",
        ]  # fmt: skip

    def get_weekend_premium(self, product: Product) -> float:
        return float(product.weekend_price - product.weekday_price)

    def get_customer_discounts(self, product: Product) -> dict[str, float]:
        return {each.customer_type: float(each.amount) for each in product.discounts.all()}

    def get_special_dates(self, product: Product) -> dict[str, Any]:
        return special_dates()


class InventorySerializer(serializers.ModelSerializer):
    """A product with its prices and what is left of it."""

    available = serializers.SerializerMethodField()
    base_prices = serializers.SerializerMethodField()
    customer_discounts = serializers.SerializerMethodField()
    customer_types = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["id", "available", "base_prices", "customer_discounts", "customer_types"]

    def get_available(self, product: Product) -> int:
        return sum(each.available for each in product.allocations.all() if each.channel == "ota")

    def get_base_prices(self, product: Product) -> dict[str, float]:
        return {"weekday": float(product.weekday_price), "weekend": float(product.weekend_price)}

    def get_customer_discounts(self, product: Product) -> dict[str, float]:
        return {each.customer_type: float(each.amount) for each in product.discounts.all()}

    def get_customer_types(self, product: Product) -> list[str]:
        return ["adult", *sorted(each.customer_type for each in product.discounts.all())]


def special_dates() -> dict[str, dict[str, float]]:
    return {
        each.date.isoformat(): {"multiplier": float(each.multiplier)}
        for each in SpecialDate.objects.order_by("date")
    }
