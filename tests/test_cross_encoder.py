"""The embedding model as a cross-encoder: updates are added, words are shared, and what is read decides."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from rag.models.cross_encoder import AdaptedCrossEncoder, identity, open_cross_encoder
from rag.models.embedding import open_embedder
from rag.settings import Settings

WIDTH, RANK, LAYER = 16, 2, "encoder.layer.1.attention.self.query"


@pytest.fixture
def transformer():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=100, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    return BertModel(config).eval()


@pytest.fixture
def updates():
    draw = np.random.default_rng(0)
    return {
        f"{LAYER}.a": draw.standard_normal((RANK, WIDTH)).astype(np.float16),
        f"{LAYER}.b": draw.standard_normal((WIDTH, RANK)).astype(np.float16),
        "head.weight": draw.standard_normal((1, 2 * WIDTH)).astype(np.float16),
        "head.bias": np.asarray([0.5], dtype=np.float16),
    }


def tokenizer(questions, sentences, *, padding, truncation, max_length, return_tensors):
    """One token for each character, its code modulo 90; 99 between question and sentence."""
    rows = [
        [ord(c) % 90 for c in q] + [99] + [ord(c) % 90 for c in s] for q, s in zip(questions, sentences, strict=True)
    ]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": mask}


def test_updates_are_added_to_a_copy_that_shares_the_words(transformer, updates):
    before = {name: weights.clone() for name, weights in transformer.named_parameters()}
    reader = AdaptedCrossEncoder(tokenizer, transformer, updates)
    for name, weights in transformer.named_parameters():
        assert torch.equal(weights, before[name])
    added = updates[f"{LAYER}.b"].astype(np.float32) @ updates[f"{LAYER}.a"].astype(np.float32)
    copied = dict(reader._model.named_parameters())
    assert np.allclose(
        copied[f"{LAYER}.weight"].detach().numpy(), before[f"{LAYER}.weight"].detach().numpy() + added, atol=1e-6
    )
    assert torch.equal(copied["encoder.layer.0.output.dense.weight"], before["encoder.layer.0.output.dense.weight"])
    assert reader._model.embeddings is transformer.embeddings


def test_the_odds_are_those_of_the_first_state_and_the_mean_of_all(transformer, updates):
    reader = AdaptedCrossEncoder(tokenizer, transformer, {**updates, f"{LAYER}.b": updates[f"{LAYER}.b"] * 0})
    encoded = tokenizer(["问"], ["答案"], padding=True, truncation="", max_length=9, return_tensors="pt")
    with torch.inference_mode():
        states = transformer(**encoded).last_hidden_state[0].numpy()
    vector = np.concatenate([states[0], states.mean(0)])
    expected = vector @ updates["head.weight"][0].astype(np.float32) + 0.5
    assert reader.read("问", ["答案"]) == pytest.approx([expected], abs=1e-4)


def test_sentences_keep_their_places_however_they_are_batched(transformer, updates):
    reader = AdaptedCrossEncoder(tokenizer, transformer, updates)
    sentences = ["很长的一句" * (n % 4 + 1) + str(n) for n in range(19)]
    together = reader.read("问题", sentences)
    assert together == pytest.approx([reader.read("问题", [one])[0] for one in sentences], abs=1e-4)
    assert reader.read("问题", []) == []


def test_updates_learned_with_another_model_are_not_used(transformer, updates, tmp_path):
    file = tmp_path / "updates.npz"
    np.savez(file, model=np.array(identity(transformer)), **updates)
    assert open_cross_encoder(tokenizer, transformer, file) is not None
    with torch.no_grad():
        transformer.encoder.layer[-1].output.dense.weight += 1
    assert open_cross_encoder(tokenizer, transformer, file) is None
    assert identity(torch.nn.Linear(2, 2)) == ""


def test_a_model_is_the_same_in_either_precision(transformer):
    assert identity(transformer) == identity(transformer.to(torch.bfloat16))


@pytest.mark.models
def test_the_shipped_updates_tell_the_sentence_that_answers(models_folder):
    embedder = open_embedder(Settings(models=models_folder))
    question = "打印机坏了找谁修？"
    answers, names_it, other = embedder.read(
        question,
        [
            "办公设备发生故障的，由信息中心负责维修。",
            "打印机、复印机等办公设备每三年更新一次。",
            "会议室须提前一天预约。",
        ],
    )
    assert answers > max(names_it, other)
    off = open_embedder(Settings(models=models_folder, cross_encoder=False))
    assert off.read(question, ["办公设备由信息中心负责维修。"]) is None
