"""Models of `transformers`, small ones made from a config: nothing is downloaded.

All are in one text, as importing the package takes longer than everything else.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.graph.grouping.chains import tree_of
from app.session.run import Run
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with
from tests.tracer.entries import AFTER, BEFORE
from tests.tracer.plain import run_plainly
from tests.tracer.test_entries import check_complete

_TORCH = tuple(map(int, torch.__version__.split(".")[:2]))
pytestmark = [
    pytest.mark.skipif(find_spec("transformers") is None, reason="no transformers here"),
    pytest.mark.skipif(_TORCH < (2, 6), reason="transformers needs torch 2.6"),
]
tracer = pytest.fixture(scope="module")(warm_tracers())

MODELS = """
from transformers import (
    BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel,
    LlamaConfig, LlamaForCausalLM, ViTConfig, ViTForImageClassification,
)

ids = torch.randint(0, 50, (2, 6))
kind = torch.tensor([0, 1])

bert = BertForSequenceClassification(BertConfig(
    vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=32, max_position_embeddings=16,
))
bert(input_ids=ids, labels=kind).loss.backward()

gpt2 = GPT2LMHeadModel(GPT2Config(
    vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=16,
    bos_token_id=0, eos_token_id=0, loss_type="ForCausalLM",
))
gpt2(input_ids=ids, labels=ids).loss.backward()

llama = LlamaForCausalLM(LlamaConfig(
    vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=16,
))
llama(input_ids=ids, labels=ids).loss.backward()

vit = ViTForImageClassification(ViTConfig(
    hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
    image_size=8, patch_size=4, num_labels=3,
))
vit(pixel_values=torch.randn(2, 3, 8, 8), labels=kind).loss.backward()
"""
TEXT = BEFORE + MODELS + AFTER
NAMES = ("bert", "gpt2", "llama", "vit")


@pytest.fixture(scope="module")
def trace(tracer: Tracer) -> Trace:
    return trace_with(tracer, TEXT)


def test_the_run_is_the_plain_one_and_the_trace_is_complete(trace: Trace) -> None:
    (plain,) = run_plainly([TEXT])
    assert plain.code == 0, plain.stderr
    assert trace.error is None, trace.error.traceback
    assert trace.output.stdout == plain.stdout
    assert trace.output.stderr == plain.stderr
    assert not trace.notes
    check_complete(trace)


def test_every_parameter_has_its_row_and_its_gradient(trace: Trace) -> None:
    rows = {row.name: row.why.code for row in trace.gradients if "." in row.name}
    assert set(rows.values()) == {"accumulated"}
    assert {name.partition(".")[0] for name in rows} == set(NAMES)
    assert "bert.bert.encoder.layer.1.attention.self.query.weight" in rows
    assert "llama.model.layers.0.self_attn.q_proj.weight" in rows


def test_operations_lie_in_the_modules_that_made_them(trace: Trace) -> None:
    index = Run(trace)
    units = index.units_beside_set_up
    outside = {unit.name for unit in units if unit.status == "recorded" and unit.module is None}
    assert not outside
    tree = tree_of(index, units)
    assert set(NAMES) <= {group.step.title for group in tree.groups.values()}
