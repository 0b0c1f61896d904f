"""How soon the page can be used: cold browser cache, real Chromium, each figure the median and the worst.

``python benchmarks/page_speed.py [--visits 5] [--prefix /yiju] [--requests]``

*interactive* is the time from the navigation to the first moment at which the question box shows and takes
words and Ask works: at that moment the script types a question and presses Ask, and the visit counts only
if the question is then answered. *asked* is the time from that press until the question stands on the page.
*outline* is the time from its link to a statute of 1,200 articles laid out; *lookup* the
time from the last letter typed into its look-up box to the list of clauses for those words, the pause that
waits for further letters included. The index and the answers are real, the embedding is a fake: nothing
here waits for a model.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.testing import CHROMIUM_FLAGS, served

ARTICLES = 1200
LOOKED_UP = ("第640条", "共享制度", "第1199类数据", "办理时限", "第88条")
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

_OPEN = """
async ([statute, articles]) => {
  const begun = performance.now();
  history.pushState({}, '', `?doc=${statute}`);
  dispatchEvent(new PopStateEvent('popstate'));
  while (document.querySelectorAll('.clause').length < articles) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}
"""
_LOOK_UP = """
async (words) => {
  const box = document.querySelector('.reader .lookup-box');
  const list = box.closest('.lookup').querySelector('.found');
  list.replaceChildren();
  box.value = words;
  const begun = performance.now();
  box.dispatchEvent(new Event('input', { bubbles: true }));
  while (!list.querySelector('[role=option]')) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}
"""


def main() -> int:
    """Visit as often as asked for, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--requests", action="store_true", help="list what the last visit fetched, slowest first")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _site(Path(folder)) as (address, statute),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        visits = [_visit(browser, address, statute) for _ in range(options.visits)]
        browser.close()
    for name in ("interactive", "asked", "outline", "lookup"):
        times = [time for visit in visits for time in visit[name]]
        _say(f"{name:12} median {statistics.median(times):6.0f} ms  worst {max(times):6.0f} ms  of {len(times)}")
    last = visits[-1]["fetched"]
    _say(f"fetched      {len(last)} files, {sum(f['size'] for f in last) / 1e6:.2f} MB over the wire")
    if options.requests:
        for one in sorted(last, key=lambda f: -f["end"]):
            _say(f"{one['start']:6.0f} - {one['end']:6.0f} ms {one['size'] / 1e3:8.1f} kB  {one['name']}")
    return 0


@contextmanager
def _site(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of the page over two documents, and the doc_id of the statute."""
    documents = folder / "documents"
    documents.mkdir()
    (documents / "leave.md").write_text("# Leave rules\n\n## 1 Annual leave\n\nFive days of annual leave.\n", "utf-8")
    (documents / "statute.txt").write_text(_statute(), "utf-8")
    with Index.open(folder / "index", embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        pipeline.add(index, [documents], standard_recipe(HashEmbedder(), 384))
        settings = Settings(index=folder / "index", llm="extractive", answer_threshold=0.0)
        bot = Chatbot(settings, index, HashEmbedder, lambda: None)
        statute = next(one.doc_id for one in index.snapshot().documents() if one.source == "statute.txt")
        with served(lambda port: build_app(bot, PipelineIntake(bot))) as address:
            yield address, statute


def _visit(browser: Browser, address: str, statute: str) -> dict[str, Any]:
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
    outline = page.evaluate(_OPEN, [statute, ARTICLES])
    lookups = [page.evaluate(_LOOK_UP, words) for words in LOOKED_UP]
    context.close()
    return {"interactive": [interactive], "asked": [asked], "outline": [outline], "lookup": lookups, "fetched": fetched}


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
