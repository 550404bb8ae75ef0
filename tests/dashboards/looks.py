"""What a browser can say of how a page looks: text that is hard to read, clipped, or wider than the window."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

# Milliseconds; a machine that runs many tests at a time draws slowly, and nothing here depends on how fast.
PATIENCE = 120_000

# WCAG 2.2, 1.4.3: 4.5 to 1; 3 to 1 from 24 px, or from 18.66 px in bold. A background with alpha lets what is below
# shine through.
_CONTRAST = """
() => {
  const parse = (text) => {
    const found = text.match(/[\\d.]+/g).map(Number);
    return { rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
  };
  const over = (top, below) => below.map((value, n) => top.rgb[n] * top.alpha + value * (1 - top.alpha));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("script, noscript, svg, .unseen, .skip")) continue;
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const [low, high] = [light(over(parse(style.color), below)), light(below)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < wanted) found.add(`${ratio.toFixed(2)} ${element.className} ${walker.currentNode.textContent.trim()}`);
  }
  return [...found];
}
"""

_CLIPPED = """
() => [...document.querySelectorAll("header *, main *, form *, footer *")].filter((element) => {
  if (element.closest(".scroll, svg, .unseen, .pages, .chart") || !element.clientWidth) return false;
  const hides = getComputedStyle(element).overflowX !== "visible";
  const box = element.getBoundingClientRect();
  const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const shown = element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  return shown && ((hides && element.scrollWidth > element.clientWidth + 1)
    || (text && (box.right > document.documentElement.clientWidth + 1 || box.left < -1)));
}).map((element) => `${element.tagName}.${element.className} ${element.textContent.trim().slice(0, 60)}`)
"""


def window(browser: Browser, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page:
    """A page of a context of its own, in which nothing gives up early."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def hard_to_read(page: Page) -> list[str]:
    """Texts below the contrast of level AA, each with its ratio."""
    found: list[str] = page.evaluate(_CONTRAST)
    return found


def clipped(page: Page) -> list[str]:
    """What is cut off, or reaches beyond the window."""
    found: list[str] = page.evaluate(_CLIPPED)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"the page is {width} px wider than the window"] if width > 0 else [])]


def inaccessible(page: Page) -> list[str]:
    """What axe-core objects to: rules of WCAG 2.2 A and AA, and good practice."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {place['html']}" for rule in found for place in rule["nodes"]]
