"""How deliveries are read."""

from __future__ import annotations

from typing import Any

from django.db import models


class DeliveryQuerySet(models.QuerySet[Any]):
    def waiting(self) -> DeliveryQuerySet:
        return self.filter(state="waiting")

    def held(self) -> DeliveryQuerySet:
        """Those that somebody has to confirm or discard."""
        return self.filter(state="held")

    def in_order(self) -> DeliveryQuerySet:
        """The order in which the source sent them."""
        return self.order_by("sent_at", "pk")
