"""The programs that the recording scripts run: three training steps of a small network with random weights."""

import torch
from torch import nn


class SmallGpt(nn.Module):
    """A transformer that predicts the next of 8,192 tokens: 6 layers, 384 wide, 256 tokens long."""

    def __init__(self, vocabulary=8192, width=384, layers=6, heads=6, length=256):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        length = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, device=tokens.device)
        hidden = self.tokens(tokens) + self.places(torch.arange(length, device=tokens.device))
        return self.head(self.layers(hidden, mask=mask)).flatten(0, 1)


def gpt_batch(batch, device):
    tokens = torch.randint(0, 8192, (batch, 257), device=device)
    return tokens[:, :-1], tokens[:, 1:].flatten()


def resnet_batch(batch, device):
    return torch.randn(batch, 3, 224, 224, device=device), torch.randint(0, 1000, (batch,), device=device)


def make(name, device):
    """Returns the network, a function that makes a batch for it, and its usual batch size."""
    torch.manual_seed(0)
    if name == "gpt":
        return SmallGpt().to(device), gpt_batch, 8
    # imported here: the other model does not need torchvision
    from torchvision.models import resnet50

    return resnet50(weights=None).to(device), resnet_batch, 32


def train(model, make_batch, batch, device, steps=3, after_step=lambda: None):
    """Trains, and calls `after_step` after each step, as profilers need it."""
    optimizer = torch.optim.AdamW(model.parameters())
    for number in range(steps):
        with torch.profiler.record_function(f"step#{number}"):
            inputs, targets = make_batch(batch, device)
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        after_step()
