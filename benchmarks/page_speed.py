"""How soon the page can be used: cold browser cache, real Chromium, each figure the median and the worst.

``python benchmarks/page_speed.py [--visits 5] [--prefix /yiju] [--requests]``

*interactive* is the time from the navigation to the first moment at which the question box shows and takes
words and Ask works: at that moment the script types a question and presses Ask, and the visit counts only
if the question is then answered. *asked* is the time from that press until the question stands on the page.
*outline* is the time from a click to a statute of 1,200 articles laid out with its place marked.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from rag.settings import Settings
from ui.page import build_app
from ui.testing import CHROMIUM_FLAGS, FakeBot, FakeIndex, FakeIntake, served

ARTICLES = 1200
_MEASURE = """
(() => {
  const box = () => document.querySelector('#question textarea');
  const button = () => document.querySelector('#ask');
  const look = () => {
    const ready = document.body?.classList.contains('ready') && box()?.checkVisibility({visibilityProperty: true})
      && !box().disabled && button()?.checkVisibility({visibilityProperty: true});
    if (!ready) return requestAnimationFrame(look);
    window.interactive = performance.now();
    box().focus();
    document.execCommand('insertText', false, 'annual leave');
    setTimeout(() => button().click());
    const wait = () => {
      if (document.querySelector('.exchange')) window.asked = performance.now() - window.interactive;
      else requestAnimationFrame(wait);
    };
    wait();
  };
  requestAnimationFrame(look);
})();
"""


def main() -> int:
    """Visit as often as asked for, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--requests", action="store_true", help="list what the last visit fetched, slowest first")
    options = parser.parse_args()
    index = FakeIndex()
    index.put("leave.txt", "Leave rules\n1 Annual leave\nFive days.\n2 Sick leave\nWith a certificate.\n", year=2023)
    index.put("statute.txt", _statute())
    bot = FakeBot(settings=Settings(index=Path(tempfile.mkdtemp())), index=index, step_s=0.0)
    with served(lambda port: build_app(bot, FakeIntake(index))) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        visits = [_visit(browser, address, requests=options.requests) for _ in range(options.visits)]
        browser.close()
    for name in ("interactive", "asked", "outline"):
        times = [visit[name] for visit in visits]
        _say(f"{name:12} median {statistics.median(times):6.0f} ms  worst {max(times):6.0f} ms  of {len(times)} visits")
    last = visits[-1]["fetched"]
    _say(f"fetched      {len(last)} files, {sum(f['size'] for f in last) / 1e6:.2f} MB over the wire")
    if options.requests:
        for one in sorted(last, key=lambda f: -f["end"]):
            _say(f"{one['start']:6.0f} - {one['end']:6.0f} ms {one['size'] / 1e3:8.1f} kB  {one['name']}")
    return 0


def _visit(browser: Browser, address: str, *, requests: bool) -> dict[str, Any]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.add_init_script(_MEASURE)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("window.asked")
    page.wait_for_selector(".exchange:not([aria-busy]) .foot")
    interactive, asked = page.evaluate("[window.interactive, window.asked]")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').map(e => "
        "({name: e.name.slice(location.origin.length), start: e.startTime, end: e.responseEnd, size: e.transferSize}))"
    )
    outline = page.evaluate(
        """async () => {
          const begun = performance.now();
          history.pushState({}, '', '?doc=d-statute.txt&section=s640');
          dispatchEvent(new PopStateEvent('popstate'));
          while (!document.querySelector('.clause.here')) await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          return performance.now() - begun;
        }"""
    )
    context.close()
    return {"interactive": interactive, "asked": asked, "outline": outline, "fetched": fetched}


def _statute() -> str:
    lines = ["公共数据管理条例（草案）"]
    for n in range(1, ARTICLES + 1):
        if n % 40 == 1:
            lines.append(f"第{n // 40 + 1}章 第{n // 40 + 1}类数据")
        lines.append(f"第{n}条 各部门应当建立第{n}类数据的登记、更新和共享制度，明确责任人和办理时限。")
    return "\n".join(lines) + "\n"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
