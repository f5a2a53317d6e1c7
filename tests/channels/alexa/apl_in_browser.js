// Lays out the part of the Alexa Presentation Language that our documents use, as its reference describes
// it: enough to see what overlaps, overflows or is too small. Not Amazon's renderer.
(directive, viewport) => {
  const { mainTemplate, resources } = directive.document;
  const bound = { payload: directive.datasources, viewport };
  const named = {};
  const calc = (text, more) => {
    const known = text.replace(/@(\w+)/g, (_, name) => JSON.stringify(named[name]));
    return Function(...Object.keys(more), `return (${known})`)(...Object.values(more));
  };
  const value = (given, scope) => {
    if (typeof given !== "string") return given;
    const whole = given.match(/^\$\{([^}]*)\}$/);
    const found = whole ? calc(whole[1], scope) : given.replace(/\$\{([^}]*)\}/g, (_, text) => calc(text, scope));
    return typeof found === "string" && found[0] === "@" ? named[found.slice(1)] : found;
  };
  for (const set of resources) {
    if (set.when === undefined || value(set.when, bound)) Object.assign(named, set.colors, set.dimensions);
  }
  const size = (given, scope) => {
    const found = value(given, scope);
    const parts = String(found).match(/^([\d.]+)(dp|vh|vw|%|)$/);
    if (!parts) throw Error(`no dimension: ${found}`);
    const [, number, unit] = parts;
    if (unit === "%") return found;
    return `${number * ({ vh: viewport.height / 100, vw: viewport.width / 100 }[unit] || 1)}px`;
  };
  const side = { paddingLeft: 1, paddingRight: 1, paddingTop: 1, paddingBottom: 1, width: 1, height: 1, borderRadius: 1 };
  const flex = { end: "flex-end", start: "flex-start", center: "center" };
  const built = (part, scope) => {
    if (part.when !== undefined && !value(part.when, scope)) return null;
    const box = document.createElement(part.type === "Image" ? "img" : "div");
    box.dataset.apl = part.type;
    const style = box.style;
    Object.assign(style, { boxSizing: "border-box", flexGrow: value(part.grow, scope) || 0, flexShrink: value(part.shrink, scope) || 0 });
    for (const name of Object.keys(side)) if (part[name] !== undefined) style[name] = size(part[name], scope);
    if (part.backgroundColor) style.background = value(part.backgroundColor, scope);
    if (part.type === "Text") {
      box.innerHTML = value(part.text, scope);
      style.font = `${part.fontWeight === "bold" ? 700 : 400} ${size(part.fontSize, scope)}/1.25 "Open Sans", "DejaVu Sans", sans-serif`;
      style.color = value(part.color, scope);
      if (part.maxLines) Object.assign(style, { display: "-webkit-box", webkitLineClamp: part.maxLines, webkitBoxOrient: "vertical", overflow: "hidden" });
      return box;
    }
    if (part.type === "Image") {
      Object.assign(box, { src: value(part.source, scope), alt: value(part.accessibilityLabel, scope) });
      Object.assign(style, { objectFit: "contain", objectPosition: value(part.align, scope) });
      return box;
    }
    if (part.type === "ScrollView") {
      Object.assign(style, { overflowY: "auto", flexBasis: "100px", minHeight: 0, scrollbarWidth: "none" });
    } else if (part.type === "Container") {
      Object.assign(style, {
        display: "flex", flexDirection: value(part.direction, scope) || "column",
        alignItems: flex[part.alignItems] || "stretch", justifyContent: flex[part.justifyContent] || "flex-start",
        minWidth: 0, minHeight: 0,
      });
    }
    const rows = part.data === undefined ? [scope] : value(part.data, scope).map((data) => ({ ...scope, data }));
    for (const row of rows) {
      for (const item of part.items || []) {
        const inner = built(item, row);
        if (inner) box.append(inner);
      }
    }
    return box;
  };
  document.body.style.margin = 0;
  document.body.style.overflow = "hidden";
  document.body.replaceChildren(...mainTemplate.items.map((item) => built(item, bound)));
}
