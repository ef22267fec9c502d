"""A small 2-D U-Net that learns the lesions of the demo dataset, on a CPU, in a few minutes.

    python train_unet.py http://127.0.0.1:8080
"""
import argparse
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate

from pytorch_slices import loader


def block(before, after):
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
        nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


class UNet(nn.Module):
    """Four scales; what a scale saw on the way down is handed across to it on the way up."""

    def __init__(self, widths=(8, 16, 32, 64), classes=1):
        super().__init__()
        self.down = nn.ModuleList(block(before, after) for before, after in zip((1, *widths), widths))
        self.up = nn.ModuleList(block(deep + wide, wide) for deep, wide in zip(widths[:0:-1], widths[-2::-1]))
        self.out = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        seen = []
        for level in self.down:
            x = level(x if not seen else nn.functional.max_pool2d(x, 2))
            seen.append(x)
        for level, across in zip(self.up, seen[-2::-1]):
            x = level(torch.cat([interpolate(x, scale_factor=2.0), across], 1))
        return self.out(x)


def dice_loss(logits, masks):
    p = logits.sigmoid()
    return 1 - (2 * (p * masks).sum() + 1) / (p.sum() + masks.sum() + 1)


@torch.no_grad()
def dice(model, batches):
    """2 |A ∩ B| / (|A| + |B|), over all voxels of the held-out studies together."""
    model.eval()
    both = total = 0
    for images, masks, _ in batches:
        found = model(images) > 0
        both += (found & (masks > 0)).sum().item()
        total += found.sum().item() + masks.sum().item()
    return 2 * both / max(total, 1)


def train(server, query, epochs, size):
    """Learns from the slices of `query` that show lung. Yields (epoch from 1, loss, model) after each pass."""
    batches = loader(server, f"{query}&minLungFraction=0.02", batch=8, size=size)
    model = UNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(1, epochs + 1):
        model.train()
        for images, masks, labelled in batches:
            if torch.rand(()) < 0.5:
                images, masks = images.flip(-1), masks.flip(-1)
            images, masks = images[labelled], masks[labelled]
            logits = model(images)
            loss = dice_loss(logits, masks) + binary_cross_entropy_with_logits(logits, masks)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        yield epoch, loss.item(), model


def arguments(description):
    """What this program and score_unet.py are told: server, epochs, seed of the split, side of a slice in pixels."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("server", nargs="?", default="http://127.0.0.1:8080")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--seed", type=int, default=19, help="of the split")
    parser.add_argument("--size", type=int, default=96)
    return parser


def target(seed):
    """The annotated studies, split. Of the demo's twelve four are annotated; with seed 19 three are in train, one in test."""
    return f"annotated=true&seed={seed}&ratios=0.7,0,0.3"


def main():
    options = arguments(__doc__.splitlines()[0]).parse_args()
    torch.manual_seed(0)
    query, size = target(options.seed), f"{options.size}x{options.size}"
    test = loader(options.server, f"{query}&split=test", batch=16, size=size)
    begin = time.time()
    for epoch, loss, model in train(options.server, f"{query}&split=train", options.epochs, size):
        if epoch % 4 == 0 or epoch == options.epochs:
            print(f"epoch {epoch}: loss {loss:.3f}, held-out Dice {dice(model, test):.3f}, {time.time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
