"""The nets that tests and benches run, with random weights and inputs from a fixed seed."""

from __future__ import annotations

import torch
from torch import nn

NAMES = ("mobilenet_v2", "squeezenet1_1", "resnet50", "bert", "lstm", "dlrm", "gpt2")


class Encoder(nn.Module):
    """BERT-base's width (768, 12 heads, 3,072), with 4 layers."""

    def __init__(self, layers: int = 4) -> None:
        super().__init__()
        self.tokens = nn.Embedding(30522, 768)
        self.positions = nn.Embedding(512, 768)
        self.norm = nn.LayerNorm(768)
        self.layers = nn.ModuleList(Layer(768, 12) for _ in range(layers))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.norm(self.tokens(tokens) + self.positions(positions))
        for layer in self.layers:
            x = layer(x)
        return x


class Layer(nn.Module):
    """Attention written out, so that its matrices are tensors; norms after each half."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.query, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))

    def attention(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        split = self.query(x).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        if self.causal:
            later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, length, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norms[0](x + self.attention(x))
        return self.norms[1](x + self.down(nn.functional.gelu(self.up(x))))


class Decoder(nn.Module):
    """GPT-2's width and vocabulary, with 6 layers; the output's weights are those of the tokens."""

    def __init__(self, layers: int = 6) -> None:
        super().__init__()
        self.tokens = nn.Embedding(50257, 768)
        self.positions = nn.Embedding(1024, 768)
        self.layers = nn.ModuleList(Layer(768, 12, causal=True) for _ in range(layers))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1], device=tokens.device))
        for layer in self.layers:
            x = layer(x)
        return x @ self.tokens.weight.t()


class Recommender(nn.Module):
    """A small DLRM: embeddings, pairwise products, two small MLPs."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.EmbeddingBag(10000, 32, mode="sum") for _ in range(8))
        self.bottom = nn.Sequential(nn.Linear(13, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(32 + 36, 128), nn.ReLU(), nn.Linear(128, 1), nn.Sigmoid())
        self.register_buffer("pairs", torch.triu_indices(9, 9, 1))

    def forward(self, dense: torch.Tensor, sparse: torch.Tensor) -> torch.Tensor:
        x = self.bottom(dense)
        rows = torch.stack([x] + [table(sparse[:, i]) for i, table in enumerate(self.tables)], 1)
        products = torch.bmm(rows, rows.transpose(1, 2))[:, self.pairs[0], self.pairs[1]]
        return self.top(torch.cat([x, products], 1))


class Lstm(nn.Module):
    """Cell by cell, as a decoder runs: many small allocations. Any length of sequence."""

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.cell, self.head = nn.LSTMCell(width, width), nn.Linear(width, 256)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = c = torch.zeros(x.shape[0], 256, device=x.device)
        out = []
        for i in range(x.shape[1]):
            h, c = self.cell(x[:, i], (h, c))
            out.append(self.head(h))
        return torch.stack(out, 1)


def inputs_of(name: str, batch: int, length: int = 0) -> tuple[torch.Tensor, ...]:
    """Inputs from the seed. `length`: of sequences, where the net takes any."""
    torch.manual_seed(1)
    if name == "bert":
        return (torch.randint(0, 30522, (batch, length or 128)),)
    if name == "gpt2":
        return (torch.randint(0, 50257, (batch, length or 256)),)
    if name == "dlrm":
        return (torch.randn(batch, 13), torch.randint(0, 10000, (batch, 8, 4)))
    if name == "lstm":
        return (torch.randn(batch, length or 32, 256),)
    return (torch.randn(batch, 3, 224, 224),)


def make(name: str, batch: int) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """@returns the net, for inference, and its inputs"""
    torch.manual_seed(0)
    own = {"bert": Encoder, "gpt2": Decoder, "dlrm": Recommender, "lstm": Lstm}
    if name in own:
        net = own[name]()
    else:
        import torchvision

        net = getattr(torchvision.models, name)(weights=None)
    return net.eval(), inputs_of(name, batch)
