// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in a page: what does not fit, what is hard to read, and how the page is built.
(() => {
  document.querySelectorAll("details").forEach((each) => { each.open = true; });

  const described = (element) => {
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}: ${text}`;
  };
  // What is there only for screen readers is clipped away.
  const clipped = (element) => !!element && (getComputedStyle(element).clipPath !== "none" || clipped(element.parentElement));
  const shown = (element) => element.checkVisibility() && !clipped(element) && element.getBoundingClientRect().width > 0;
  const elements = [...document.querySelectorAll("body *")].filter((each) => shown(each) && !each.closest("svg"));

  const outside = elements.filter((each) => {
    const box = each.getBoundingClientRect();
    return box.right > innerWidth + 0.5 || box.left < -0.5;
  });
  const cut = elements.filter((each) => getComputedStyle(each).display !== "inline" && each.scrollWidth > each.clientWidth + 1);

  const letters = (element) => element.textContent.trim().length;
  const narrow = elements.filter((each) => each.children.length === 0 && letters(each) > 12 && each.getBoundingClientRect().width < 24);

  const channels = (color) => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (above, below) => above.rgb.map((value, at) => value * above.alpha + below[at] * (1 - above.alpha));
  const background = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(channels(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const linear = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (element, property) => {
    const below = background(element.closest("svg") ? element.closest("svg").parentElement : element);
    const [light, dark] = [luminance(over(channels(getComputedStyle(element)[property]), below)), luminance(below)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const holdsText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")].filter((each) => shown(each) && holdsText(each));
  const signs = [...document.querySelectorAll("svg.sign, .curve .line")].filter((each) => shown(each));
  const readable = [...texts.map((each) => [each, contrast(each, "color")]), ...signs.map((each) => [each, contrast(each, "stroke")])];

  return {
    width: document.scrollingElement.scrollWidth,
    window: innerWidth,
    outside: outside.map(described),
    cut: cut.map(described),
    narrow: narrow.map(described),
    texts: texts.length,
    pale: readable.filter(([, ratio]) => ratio < 4.5).map(([element, ratio]) => `${ratio.toFixed(2)} ${described(element)}`),
    headings: [...document.querySelectorAll("h1, h2, h3, h4")].map((each) => Number(each.tagName[1])),
    ids: [...document.querySelectorAll("[id]")].map((each) => each.id),
    unnamed: [...document.querySelectorAll("svg[role=img], table, section")].filter(
      (each) => !(each.getAttribute("aria-label") || each.querySelector("caption") || document.getElementById(each.getAttribute("aria-labelledby"))),
    ).map(described),
    scripts: document.querySelectorAll("script").length,
    title: document.title,
  };
})()
