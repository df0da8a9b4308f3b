"""Signed one-page papers a minute and worker: our warm press against a cold one.

Both draw the same deal confirmation as PDF/A-3u with its record attached and sign it with the
same key. The peer does what a plain call of WeasyPrint and pyHanko does: it reads fonts, style
sheet and key anew for every paper."""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("YANGGUANG_MODE", "test")
import django  # noqa: E402

django.setup()
from documents.services import keys, rendering, seals, vault  # noqa: E402
from tests.worlds import documents as samples  # noqa: E402
from tests.worlds import prints  # noqa: E402

ROUNDS = 5
PAPERS = 10


def draw(html, press, key):
    """One paper, as `documents.services.produce` makes it."""
    rendered = rendering.render(html, attached=[], at=samples.AT, press=press)
    pdf = seals.sign(rendered, seals.Seal(prints.QR_TEXT, "benchmark", samples.AT), key)
    assert vault.fingerprint(pdf)
    return rendered.page_count


def per_minute(once):
    begun = time.perf_counter()
    for _paper in range(PAPERS):
        assert once() == 1, "one page each"
    return 60 * PAPERS / (time.perf_counter() - begun)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "documents"
        keys.make_development_keys(folder, "阳光市公共资源交易中心")
        key = keys.read_seal_key(folder)
        html = prints.print_paper(samples.deal_confirmation(), key).html
        press = rendering.make_press()

        def warm():
            return draw(html, press, key)

        def cold():
            return draw(html, rendering.make_press(), keys.read_seal_key(folder))

        warm(), cold()
        pairs = [(per_minute(warm), per_minute(cold)) for _round in range(ROUNDS)]
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    line = {"bench": "pdf.signed_per_min", "profile": "one worker", "value": round(ours, 1)}
    line |= {"unit": "papers/min", "peer": "cold press", "peer_value": round(peer, 1)}
    print(json.dumps(line | {"ratio": round(ratio, 2)}), flush=True)
    sys.stderr.write(f"{'pdf.signed_per_min':20} {ours:12.1f} {peer:12.1f} {ratio:8.2f}\n")


if __name__ == "__main__":
    main()
