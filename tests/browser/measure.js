// What is wrong with the page as it is drawn now: too wide, text cut off, more than one primary button, small targets.
() => {
  const faults = [];
  const root = document.documentElement;
  const wide = root.scrollWidth - root.clientWidth;
  if (wide > 0) faults.push(`page is ${wide}px too wide`);
  const ASIDE = ".unseen, .skip, .stations li span, nav.side, .filters, svg, select, thead";
  const shows = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !one.closest(".unseen, .skip");
  const name = (one) => `<${one.tagName.toLowerCase()} ${one.className}> ${one.textContent.trim().slice(0, 30)}`;
  for (const one of document.querySelectorAll("main *, header *")) {
    if (!shows(one) || one.closest(ASIDE)) continue;
    const typed = ["INPUT", "TEXTAREA", "SELECT"].includes(one.tagName);
    const clips = getComputedStyle(one).overflow !== "visible";
    if (clips && !typed && one.scrollWidth > one.clientWidth + 1) faults.push(`cut: ${name(one)}`);
    const box = one.getBoundingClientRect();
    if (box.width > 0 && box.right > innerWidth + 1) faults.push(`out of the window: ${name(one)}`);
  }
  const probe = root.appendChild(Object.assign(document.createElement("a"), { className: "btn primary" }));
  const blue = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const buttons = [...document.querySelectorAll(".btn.primary")];
  const primary = buttons.filter((one) => shows(one) && getComputedStyle(one).backgroundColor === blue);
  if (primary.length > 1) faults.push(`${primary.length} primary buttons`);
  const TARGETS = ".btn, .choices label, .counts a, nav.side a, .pick label, summary, .big, button";
  for (const one of innerWidth < 400 ? document.querySelectorAll(TARGETS) : []) {
    const height = one.getBoundingClientRect().height;
    if (shows(one) && !one.closest("p") && height > 0 && height < 43.5) faults.push(`target of ${Math.round(height)}px: ${name(one)}`);
  }
  return faults;
}
