"""Our outline as a LlamaIndex node parser: nodes never cross a section and carry their heading path."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from pydantic import Field

from ingest.chunking import CountTokens, chunk_document
from ingest.outline import outline
from ingest.source import Block, SourceText
from rag.types import Chunk, Document

_MATCHED_METADATA = ("context",)


class OutlineNodeParser(NodeParser):
    """Splits documents at their own headings; long sections at sentences (see ``ingest.chunking``)."""

    max_tokens: int = Field(default=384, ge=1, description="longest node, in the embedder's tokens")
    count_tokens: CountTokens = Field(default=len, exclude=True, description="counts tokens as the embedder does")

    @classmethod
    def class_name(cls) -> str:
        """Name under which LlamaIndex serialises the parser."""
        return "OutlineNodeParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        parsed: list[BaseNode] = []
        for node in nodes:
            text = node.get_content()
            source = plain_source(text)
            for ordinal, document in enumerate(outline(source)):
                chunks = chunk_document(text, document, max_tokens=self.max_tokens, count_tokens=self.count_tokens)
                parsed.extend(document_nodes(document, chunks, ref=node.as_related_node_info(), ordinal=ordinal))
        return parsed

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]) -> list[BaseNode]:
        """Offsets and relationships are exact already; only the parent's metadata is added."""
        for node in nodes:
            parent = parent_doc_map.get(node.ref_doc_id or "")
            if parent is not None and self.include_metadata:
                node.metadata = {**parent.metadata, **node.metadata}
        return nodes


def plain_source(text: str) -> SourceText:
    """A text without any hints of format: each line is a paragraph."""
    blocks: list[Block] = []
    start = 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block(start=start, end=start + len(line)))
        start += len(line) + 1
    return SourceText(text=text, blocks=tuple(blocks), format="txt")


def document_nodes(
    document: Document, chunks: Sequence[Chunk], *, ref: RelatedNodeInfo, ordinal: int = 0
) -> list[TextNode]:
    """One node for each chunk of a document, in order, linked to its neighbours and its source.

    ``ordinal`` is the document's position in its file; it keeps node ids apart.
    """
    by_id = {section.id: section for section in document.sections}
    nodes = []
    for chunk in chunks:
        section = by_id[chunk.section]
        metadata = {
            "title": document.title,
            "section_id": section.id,
            "path": list(section.path),
            "heading": section.heading,
            "number": section.number,
            "context": chunk.context,
            "spans": [list(span) for span in chunk.spans],
            "document_number": document.metadata.document_number,
            "year": document.metadata.year,
            "status": document.metadata.status,
        }
        hidden = [key for key in metadata if key not in _MATCHED_METADATA]
        nodes.append(
            TextNode(
                id_=f"{ref.node_id}:{ordinal}:{chunk.ordinal}",
                text=chunk.text,
                start_char_idx=chunk.start,
                end_char_idx=chunk.end,
                metadata=metadata,
                excluded_embed_metadata_keys=hidden,
                excluded_llm_metadata_keys=hidden,
                relationships={NodeRelationship.SOURCE: ref},
            )
        )
    for before, after in itertools.pairwise(nodes):
        before.relationships[NodeRelationship.NEXT] = after.as_related_node_info()
        after.relationships[NodeRelationship.PREVIOUS] = before.as_related_node_info()
    return nodes
