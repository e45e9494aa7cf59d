# The peer of bench/Images: Pillow, NumPy and the steps that LLaVA-1.5 and transformers' CLIPImageProcessor take, in their order and types.
#   apt install python3-pil python3-numpy
#   python3 bench/peers/images.py PICTURE [OUT]
# "lean" leaves out what a user of Pillow alone would not do: the way through NumPy before the resize, and float64.
import sys
import time

import numpy as np
from PIL import Image

SIDE, CALLS, ROUNDS = 336, 10, 30
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def pad_to_square(picture):
    width, height = picture.size
    if width == height:
        return picture
    side = max(width, height)
    square = Image.new("RGB", (side, side), tuple(int(value * 255) for value in MEAN))
    square.paste(picture, ((side - width) // 2, (side - height) // 2))
    return square


def size_of_shortest_edge(width, height):
    short, long = sorted((width, height))
    other = int(SIDE * long / short)
    return (SIDE, other) if width <= height else (other, SIDE)


def crop_centre(pixels):
    top, left = (pixels.shape[0] - SIDE) // 2, (pixels.shape[1] - SIDE) // 2
    return pixels[top:top + SIDE, left:left + SIDE]


def processor(path):
    pixels = np.array(pad_to_square(Image.open(path).convert("RGB")))
    picture = Image.fromarray(pixels)
    resized = np.array(picture.resize(size_of_shortest_edge(*picture.size), resample=Image.BICUBIC))
    rescaled = (crop_centre(resized) * (1 / 255)).astype(np.float32)
    mean, std = np.array(MEAN, dtype=rescaled.dtype), np.array(STD, dtype=rescaled.dtype)
    return np.ascontiguousarray(((rescaled - mean) / std).transpose(2, 0, 1))


def lean(path):
    picture = pad_to_square(Image.open(path).convert("RGB"))
    resized = picture.resize(size_of_shortest_edge(*picture.size), resample=Image.BICUBIC)
    pixels = crop_centre(np.asarray(resized)).transpose(2, 0, 1).astype(np.float32)
    mean, std = np.array(MEAN, dtype=np.float32)[:, None, None], np.array(STD, dtype=np.float32)[:, None, None]
    pixels *= np.float32(1 / 255)
    pixels -= mean
    pixels /= std
    return pixels


def measure(name, call):
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            call()
        best = min(best, (time.process_time() - start) / CALLS)
    print(f"{name:<34}{best * 1000:>10.2f}{1 / best:>12.0f}")


if __name__ == "__main__":
    path = sys.argv[1]
    print(f"{'':<34}{'ms':>10}{'a second':>12}")
    measure("decode", lambda: Image.open(path).convert("RGB"))
    measure("file to pixel_values", lambda: processor(path))
    measure("file to pixel_values, lean", lambda: lean(path))
    if len(sys.argv) > 2:
        processor(path).tofile(sys.argv[2])
