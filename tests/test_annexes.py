"""An annex to which a clause leaves what is asked is told with the clause."""

import pytest

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Question

NOTICE = """关于开展消防演练的通知
一、各单位在6月底前完成消防演练。
二、演练结束后，各单位按照附件2报送演练资料，一式两份。
附件1
批次安排
第一批为机关，第二批为学校。
附件2
资料清单
1.方案；
2.签到表；
3.照片。
"""


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    (files / "drill.txt").write_text(NOTICE, encoding="utf-8")
    embedder = HashEmbedder()
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [files], standard_recipe(embedder, 384))
    return Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)


def test_the_annex_that_a_clause_points_to_is_quoted_beside_it(bot):
    answer = bot.ask(Question(text="演练结束后各单位报送哪些演练资料，一式几份？"))
    assert [citation.path[-1] for citation in answer.citations] == ["二", "附件2"]
    assert answer.citations[1].quote.endswith("3.照片。")
    assert "第一批" not in answer.text


def test_it_is_not_where_the_clause_itself_says_what_is_asked(bot):
    answer = bot.ask(Question(text="演练结束后各单位报送演练资料一式多少份？"))
    assert [citation.path[-1] for citation in answer.citations] == ["二"]
