"""Chunks: whole sections where they fit, else sentences packed evenly; table rows whole; nothing removed inside."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import Document as LlamaDocument
from llama_index.core.schema import NodeRelationship

from ingest.chunking import chunk_document, own_spans
from ingest.nodes import OutlineNodeParser, plain_source
from ingest.outline import outline


def chunks_of(text, max_tokens, count_tokens=len):
    (document,) = outline(plain_source(text))
    return document, chunk_document(text, document, max_tokens=max_tokens, count_tokens=count_tokens)


def test_a_section_that_fits_is_one_chunk():
    text = "工作方案\n现制定方案。\n一、学习\n每月一次。认真组织。\n二、检查\n（一）自查\n"
    document, chunks = chunks_of(text, 100)
    assert [chunk.text for chunk in chunks] == [
        "工作方案\n现制定方案。",
        "一、学习\n每月一次。认真组织。",
        "二、检查",
        "（一）自查",
    ]
    assert [chunk.section for chunk in chunks] == [section.id for section in document.sections]
    assert [chunk.context for chunk in chunks] == [
        "《工作方案》",
        "《工作方案》 一 学习",
        "《工作方案》 二 检查",
        "《工作方案》 二 检查 一 自查",
    ]


def test_a_long_section_is_cut_at_sentences_into_even_pieces():
    sentences = [f"第{i}项内容需要认真落实到位。" for i in range(1, 10)]
    _, chunks = chunks_of("工作方案\n一、任务。" + "".join(sentences), 60)
    pieces = [chunk.text for chunk in chunks[1:]]
    assert "".join(pieces) == "一、任务。" + "".join(sentences)
    assert all(piece.endswith("。") for piece in pieces)
    assert len(pieces) == 3
    assert max(map(len, pieces)) - min(map(len, pieces)) <= len(sentences[0])


def test_a_sentence_that_is_too_long_is_cut_at_commas():
    text = "工作方案\n一、" + "，".join(["认真落实各项任务"] * 10) + "。"
    _, chunks = chunks_of(text, 40)
    pieces = [chunk.text for chunk in chunks[1:]]
    assert "".join(pieces) == text[5:]
    assert all(len(piece) <= 40 and piece[-1] in "，。" for piece in pieces)


def test_a_text_without_any_break_is_cut_all_the_same():
    _, chunks = chunks_of("甲" * 1000, 64)
    assert "".join(chunk.text for chunk in chunks) == "甲" * 1000
    assert max(len(chunk.text) for chunk in chunks) <= 64


@pytest.mark.parametrize(
    "row",
    ["职务：处长；住宿费：500元；伙食费：100元", "处长 | 500元；含早餐 | 100元"],
)
def test_a_table_row_is_never_cut(row):
    rows = [row.replace("处长", f"{i}级") for i in range(6)]
    _, chunks = chunks_of("补贴标准\n一、标准\n" + "\n".join(rows), 60)
    for wanted in rows:
        assert sum(wanted in chunk.text for chunk in chunks) == 1


def test_removed_text_is_in_no_chunk_and_its_sentence_stays_together():
    text = "工作方案\n一、宣传。通过活动，公文写作网站，请认准某某家园www.example.com。做好教育工作。完。"
    _, chunks = chunks_of(text, 18)
    assert [chunk.text for chunk in chunks[1:]] == ["一、宣传。", "通过活动，做好教育工作。完。"]
    assert [len(chunk.spans) for chunk in chunks[1:]] == [1, 2]
    for chunk in chunks:
        assert chunk.text == "".join(text[a:b] for a, b in chunk.spans)


def test_a_text_of_nothing_has_no_chunk():
    assert chunks_of("  \n\n \u3000", 10)[1] == ()


@given(
    st.lists(
        st.sampled_from(["一、甲乙", "（一）丙。", "丁戊，己庚；", "辛壬癸。", " ", "", "A b c. D e", "二、子丑"]),
        max_size=30,
    ),
    st.integers(4, 40),
)
@settings(max_examples=200, deadline=None)
def test_chunks_cover_every_character_shown(lines, max_tokens):
    text = "\n".join(lines)
    for document in outline(plain_source(text)):
        chunks = chunk_document(text, document, max_tokens=max_tokens, count_tokens=len)
        own = {section.id: span for section, span in own_spans(document)}
        covered = set()
        for chunk in chunks:
            start, end = own[chunk.section]
            assert start <= chunk.start < chunk.end <= end
            assert len(chunk.text) <= max_tokens
            covered.update(itertools.chain.from_iterable(range(a, b) for a, b in chunk.spans))
        removed = {i for span in document.removed for i in range(span.start, span.end)}
        shown = {i for i in range(document.start, document.end) if not text[i].isspace()}
        assert shown - removed <= covered
        assert not covered & removed


def test_nodes_carry_their_heading_path_and_their_neighbours():
    text = "工作方案\n一、学习\n每月一次。\n（一）读书\n多读。\n"
    source = LlamaDocument(text=text, metadata={"source": "a.txt"}, id_="a")
    nodes = OutlineNodeParser(max_tokens=100).get_nodes_from_documents([source])
    assert [node.metadata["path"] for node in nodes] == [[], ["一"], ["一", "一"]]
    assert [node.metadata["source"] for node in nodes] == ["a.txt"] * 3
    assert [node.ref_doc_id for node in nodes] == ["a"] * 3
    assert [text[node.start_char_idx : node.end_char_idx] for node in nodes] == [node.text for node in nodes]
    assert NodeRelationship.PREVIOUS not in nodes[0].relationships
    assert nodes[1].prev_node.node_id == nodes[0].node_id
    assert nodes[1].next_node.node_id == nodes[2].node_id
    assert nodes[2].metadata["context"] == "《工作方案》 一 学习 一 读书"
