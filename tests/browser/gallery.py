"""Pictures of every kind of page, by the first person who reaches it, into var/gallery.

`make gallery`, or `python tests/browser/gallery.py [--base URL] [--looks zh-hans-light-1280 …]
[--only TEXT]`; without --base it starts a demo centre of its own. index.html is the contact sheet.
"""

import argparse
import html
import itertools
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("YANGGUANG_MODE", "test")
TARGET = ROOT / "var" / "gallery"
LOOKS = [
    "-".join(look)
    for look in itertools.product(("zh-hans", "en"), ("light", "dark"), ("1280", "360"))
]
SETTLED = "document.readyState === 'complete' && document.fonts.status === 'loaded'"
STYLE = (
    "body{font:14px/1.5 sans-serif;margin:24px}h2{margin:32px 0 8px}"
    ".row{display:flex;flex-wrap:wrap;gap:16px;align-items:start}figure{margin:0}"
    "img{width:300px;max-height:420px;object-fit:cover;object-position:top;border:1px solid #999}"
    ".narrow img{width:120px}"
)


@contextmanager
def somewhere(base: str | None) -> Iterator[str]:
    """The address of a demo centre: the one named, or one that lives as long as this."""
    if base:
        yield base.rstrip("/")
        return
    from tests.journeys.centre import Centre

    centre = Centre("default")
    centre.env["YANGGUANG_MODE"] = "demo"
    try:
        centre.launch("manage.py", "serve", "--demo", "--port", str(centre.port))
        centre.wait_until_ready()
        yield centre.url
    finally:
        centre.stop()


def slug(username: str, path: str) -> str:
    return f"{username}-{re.sub(r'[^0-9A-Za-z-]+', '-', path).strip('-') or 'home'}"


def sheet(pictures: dict[str, list[str]]) -> str:
    """The contact sheet: a heading a page, its looks side by side."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{STYLE}</style>"]
    for page, names in sorted(pictures.items()):
        parts.append(f"<h2>{html.escape(page)}</h2><div class=row>")
        for name in names:
            narrow = " class=narrow" if name.endswith("-360.png") else ""
            parts.append(
                f"<figure{narrow}><a href='{name}'><img loading=lazy src='{name}' alt=''></a>"
                f"<figcaption>{name.removesuffix('.png').split('--')[-1]}</figcaption></figure>"
            )
        parts.append("</div>")
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--looks", nargs="*", default=LOOKS, choices=LOOKS)
    options = parser.parse_args()

    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from tests.browser.looks import CHROMIUM, FLAGS, Reader, tour

    options.out.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, list[str]] = {}
    with somewhere(options.base) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for username, paths in tour(browser, base):
            reader = Reader(browser, base, username)
            for path in paths:
                page = slug(reader.username, path)
                if options.only in page:
                    pictures[page] = [
                        shoot(reader, path, page, look, options.out) for look in options.looks
                    ]
            sys.stderr.write(f"{reader.username}: {len(pictures)} pages so far\n")
            reader.context.close()
        browser.close()
    (options.out / "index.html").write_text(sheet(pictures), encoding="utf-8")
    sys.stdout.write(f"{sum(map(len, pictures.values()))} pictures: {options.out}/index.html\n")


def shoot(reader: object, path: str, page: str, look: str, out: Path) -> str:
    """One picture of one page in one look; returns its file's name."""
    from tests.browser.looks import Reader

    assert isinstance(reader, Reader)
    language, theme, width = look.rsplit("-", 2)
    reader.look(language=language, theme=theme, width=int(width))
    reader.go(path)
    reader.page.wait_for_function(SETTLED)
    name = f"{page}--{look}.png"
    reader.page.screenshot(path=out / name, full_page=True)
    return name


if __name__ == "__main__":
    main()
