"""The proof is rendered as text, Markdown and JSON."""

import json

from portcullis.analyzer.proof import ProofFormat
from portcullis.analyzer.proof.prove import prove
from portcullis.analyzer.proof.table import render_proof
from tests.portcullis.analyzer.proof.sized import sized
from tests.portcullis.analyzer.strange_pack import graph, thing


def test_the_tables_show_killers_survivors_and_the_sum(permissive):
    proof = prove(graph(thing("a")), [sized("giant"), sized("big")], pack=permissive)
    text = render_proof(proof, ProofFormat.TEXT)
    assert "refused  a: size = giant  [no-giants]" in text
    assert "SURVIVED a: size = big" in text
    assert "nothing in this stack for: idle" in text
    assert text.endswith("1 of 2 mutants of stack dev refused in a preview, by 1 of 2 rules\n")
    markdown = render_proof(proof, ProofFormat.MARKDOWN)
    assert markdown.startswith("# Proof of the policy pack\n")
    assert "| a | `size = giant` | `no-giants` |" in markdown
    assert "| a | `size = big` | **survived** |" in markdown
    report = json.loads(render_proof(proof, ProofFormat.JSON))
    assert report["survivors"] == 1
    assert report["mutants"][0]["rules"] == ["no-giants"]
