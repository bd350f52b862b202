// Before anything is painted: the theme this person chose, else the system's.
(function () {
  const chosen = localStorage.getItem("theme");
  const dark = chosen && chosen !== "auto" ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
