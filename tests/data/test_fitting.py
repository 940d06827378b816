# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
from PIL import Image

from compare_gan.data import fitting


def _gradient(height, width):
    values = np.linspace(0, 255, height * width).reshape(height, width)
    return np.stack([values, values[::-1], values.T.reshape(height, width)], 2).astype(np.uint8)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "image"


def _decoded(path, channels=3):
    image = fitting.open_upright(path)
    return fitting.fit_image(image, image.height, image.width, channels)


@pytest.mark.parametrize("form", ["PNG", "BMP", "WEBP"])
def test_lossless_formats_keep_every_pixel(path, form):
    image = _gradient(5, 7)
    Image.fromarray(image).save(path, form, **({"lossless": True} if form == "WEBP" else {}))
    np.testing.assert_array_equal(_decoded(path), image)


def test_jpeg_and_first_frame_of_gif(path):
    image = np.full([16, 16, 3], (200, 100, 50), np.uint8)
    Image.fromarray(image).save(path, "JPEG", quality=95)
    assert np.abs(_decoded(path).astype(int) - image).max() <= 3
    frames = [Image.new("RGB", (4, 4), color) for color in ((255, 0, 0), (0, 0, 255))]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(_decoded(path), np.full([4, 4, 3], (255, 0, 0)))


def test_sixteen_bit_grey_is_scaled_and_not_clipped(path):
    values = np.array([[0, 257, 25700], [32896, 65278, 65535]], np.uint16)
    Image.fromarray(values).save(path, "PNG")
    expected = [[0, 1, 100], [128, 254, 255]]
    np.testing.assert_array_equal(_decoded(path, 1)[:, :, 0], expected)
    np.testing.assert_array_equal(_decoded(path, 3), np.repeat(np.array(expected)[..., None], 3, 2))


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("LA", (77, 255), (77, 77, 77)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        # Transparent pixels are laid on white.
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 51), (204, 204, 204)),
    ],
)
def test_modes(path, mode, color, expected):
    Image.new(mode, (3, 2), color).save(path, "PNG")
    np.testing.assert_array_equal(_decoded(path), np.full([2, 3, 3], expected))


def test_palette_with_and_without_transparency(path):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    image.save(path, "PNG")
    np.testing.assert_array_equal(_decoded(path), [[(255, 0, 0), (0, 255, 0)]])
    image.save(path, "PNG", transparency=0)
    np.testing.assert_array_equal(_decoded(path), [[(255, 255, 255), (0, 255, 0)]])


def test_cmyk(path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(path, "JPEG", quality=95)
    red = _decoded(path).astype(int)
    assert np.abs(red - np.array([255, 0, 0])).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(path, orientation):
    """The top left quarter of the upright image is bright, whatever the orientation."""
    upright = np.zeros([32, 48, 3], np.uint8)
    upright[:16, :24] = 255
    image = Image.fromarray(upright)
    turn_back = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in turn_back.get(orientation, []):
        image = image.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, "JPEG", quality=95, exif=exif)
    assert fitting.upright_size(path) == (32, 48)
    decoded = _decoded(path).astype(int)
    assert np.abs(decoded - upright).max() <= 12


def test_policies_on_a_wide_image():
    # Red, green and blue thirds of 20 x 20 pixels each.
    image = np.zeros([20, 60, 3], np.uint8)
    for third in range(3):
        image[:, third * 20 : third * 20 + 20, third] = 255
    picture = Image.fromarray(image)
    cropped = fitting.fit_image(picture, 10, 10, 3, "center_crop")
    # Only the outermost columns see, through the filter, what was cut off.
    assert np.abs(cropped[:, 1:-1].astype(int) - (0, 255, 0)).max() <= 2
    padded = fitting.fit_image(picture, 60, 60, 3, "pad")
    np.testing.assert_array_equal(padded[20:40], image)
    assert not padded[:20].any() and not padded[40:].any()
    stretched = fitting.fit_image(picture, 60, 60, 3, "stretch")
    np.testing.assert_array_equal(stretched[30, [5, 30, 55]], image[0, [5, 30, 55]])


def test_shrinking_is_antialiased():
    """A fine checkerboard becomes even grey, not a pattern of single pixels."""
    board = (np.indices([64, 64]).sum(0) % 2 * 255).astype(np.uint8)
    small = fitting.fit_image(Image.fromarray(board), 8, 8, 1)
    assert np.abs(small[1:-1, 1:-1].astype(int) - 127).max() <= 3


def test_grey_from_color_by_luma():
    image = Image.new("RGB", (1, 1), (255, 0, 0))
    assert fitting.fit_image(image, 1, 1, 1)[0, 0, 0] == 76  # 0.299 * 255


@pytest.mark.parametrize("content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_image_is_an_oserror(path, content):
    path.write_bytes(content)
    with pytest.raises(OSError):
        fitting.open_upright(path)
    with pytest.raises(OSError):
        fitting.upright_size(path)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_truncated_file_is_an_oserror(path, form):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, [40, 40, 3], np.uint8)).save(
        path, form
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(OSError):
        fitting.open_upright(path)


@pytest.mark.parametrize("size", [0, -1, 2.5, (3,), (3, 0), "64"])
def test_wrong_sizes_are_refused(size):
    with pytest.raises(ValueError, match="dataset.image_size"):
        fitting.parse_size(size)


def test_wrong_policy_and_channels_are_refused():
    with pytest.raises(ValueError, match="'middle'.*center_crop, stretch, pad"):
        fitting.check_policy("middle")
    with pytest.raises(ValueError, match="1 .grey. or 3 .RGB."):
        fitting.check_channels(4)
    assert fitting.parse_size(64) == (64, 64)
    assert fitting.parse_size([48, 64]) == (48, 64)


@pytest.mark.parametrize("channels", [2, 4, 5])
def test_other_channels_are_fitted_each_for_itself(channels):
    image = np.random.default_rng(0).integers(0, 256, [12, 20, channels], np.uint8)
    fitted = fitting.fit_array(image, 6, 6, channels)
    assert fitted.shape == (6, 6, channels)
    for channel in range(channels):
        alone = fitting.fit_array(image[:, :, channel : channel + 1], 6, 6, 1)
        np.testing.assert_array_equal(fitted[:, :, channel : channel + 1], alone)
