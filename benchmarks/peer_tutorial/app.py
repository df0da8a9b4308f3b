"""The peer's whole project in one file: settings, model, consumer, server."""

import json
import os
import sys
import uuid

import django
from django.conf import settings
from environ import Env

settings.configure(
    SECRET_KEY="peer",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=[
        "daphne",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "channels",
        "benchmarks.peer_tutorial",
    ],
    DATABASES={"default": Env.db_url_config(os.environ["DATABASE_URL"])},
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": 30}]},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.urls import re_path  # noqa: E402


class Auction(models.Model):
    code = models.CharField(max_length=8, unique=True)
    top_fen = models.BigIntegerField(default=0)

    class Meta:
        app_label = "peer_tutorial"


class Bid(models.Model):
    auction = models.ForeignKey(Auction, on_delete=models.CASCADE)
    amount_fen = models.BigIntegerField()
    token = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "peer_tutorial"


@database_sync_to_async
def place(code, amount):
    with transaction.atomic():
        auction = Auction.objects.select_for_update().get(code=code)
        if amount <= auction.top_fen:
            return None
        auction.top_fen = amount
        auction.save()
        return Bid.objects.create(auction=auction, amount_fen=amount).pk


class BidConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.code = self.scope["url_route"]["kwargs"]["code"]
        await self.channel_layer.group_add(self.code, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.code, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        frame = json.loads(text_data)
        pk = await place(self.code, frame["amount_fen"])
        kind = "ack" if pk else "refused"
        answer = {"type": kind, "client_token": frame["client_token"], "seq": pk}
        await self.send(json.dumps(answer))
        if pk:
            event = {"type": "price", "seq": pk, "amount_fen": frame["amount_fen"]}
            await self.channel_layer.group_send(self.code, event)

    async def price(self, event):
        shown = {"seq": event["seq"], "kind": "offer_placed", "amount_fen": event["amount_fen"]}
        await self.send(json.dumps({"type": "events", "seq": event["seq"], "events": [shown]}))


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([re_path(r"ws/rooms/(?P<code>\w+)/$", BidConsumer.as_asgi())]),
    }
)


def main(port, codes):
    with connection.schema_editor() as editor:
        editor.create_model(Auction)
        editor.create_model(Bid)
    Auction.objects.bulk_create([Auction(code=code) for code in codes])
    connection.close()
    from daphne.server import Server

    Server(
        application=application,
        endpoints=[f"tcp:port={port}:interface=127.0.0.1:backlog=1024"],
        signal_handlers=True,
        verbosity=0,
    ).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
