// Behaviour hung on data- attributes. Every page works without it; this makes it quicker.
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest && event.target.closest(selector);
      if (target) act(target, event);
    });

  // -- theme ---------------------------------------------------------------
  on("click", "[data-theme-toggle]", () => {
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    document.documentElement.setAttribute("data-bs-theme", next);
    document.dispatchEvent(new CustomEvent("themechange"));
  });

  // -- a choice that goes at once: without this script its button does ------------
  document.documentElement.classList.add("has-script");
  on("change", "form[data-goes] select", (select) => select.form.requestSubmit());

  // -- a fold that is open where there is room for it -----------------------------
  if (matchMedia("(min-width: 1100px)").matches) all("details[data-wide-open]").forEach((part) => (part.open = true));

  on("click", "[data-opens]", (link) => (document.getElementById(link.dataset.opens).open = true));

  // -- messages ------------------------------------------------------------
  on("click", "[data-dismiss]", (button) => button.closest(".alert").remove());

  // -- connection ----------------------------------------------------------
  const waiting = new Map(); // forms sent without a connection, and the button that sent them
  const connection = () => all("[data-offline]").forEach((note) => (note.hidden = navigator.onLine));
  addEventListener("online", connection);
  addEventListener("offline", connection);

  // -- date chips ----------------------------------------------------------
  on("click", "[data-days]", (button) => {
    const input = button.closest("[data-date-chips]").querySelector("input");
    const day = new Date();
    day.setDate(day.getDate() + Number(button.dataset.days));
    const pad = (n) => String(n).padStart(2, "0");
    input.value = `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  on("click", "[data-fill]", (button) => {
    const input = document.getElementById(button.dataset.fillFor);
    input.value = button.dataset.fill;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // -- steppers: − and ＋ beside a number ------------------------------------
  on("click", "[data-step]", (button) => {
    const input = button.parentElement.querySelector("input");
    const bound = (name, fallback) => (input.getAttribute(name) ? Number(input.getAttribute(name)) : fallback);
    const next = (Number(input.value) || 0) + Number(button.dataset.step);
    input.value = Math.max(bound("min", 0), Math.min(bound("max", Infinity), next));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // -- a pressed button works and cannot be pressed twice --------------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post") return;
    if (form.dataset.draft) sessionStorage.setItem("sent", draftKey(form));
    const button = event.submitter;
    form.dataset.sent = "1";
    setTimeout(() => {
      if (button) {
        button.classList.add("is-working");
        button.setAttribute("aria-disabled", "true");
      }
    }, 0);
    // Coming back to the page (back button, refusal by htmx) makes it usable again.
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  document.addEventListener("htmx:afterRequest", () => setTimeout(release, 0));
  addEventListener("pageshow", release);
  function release() {
    all("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      all(".is-working", form).forEach((button) => {
        button.classList.remove("is-working");
        button.removeAttribute("aria-disabled");
      });
    });
  }

  // -- drafts ----------------------------------------------------------------
  // What is typed is kept on this device until a page says that the act was done.
  const SKIPPED = new Set(["csrfmiddlewaretoken", "submission_key"]);
  const draftKey = (form) => `draft:${document.body.dataset.user}:${form.dataset.draft}`;
  const fields = (form) =>
    Array.from(form.elements).filter(
      (field) => field.name && !SKIPPED.has(field.name) && !["file", "password", "submit", "button"].includes(field.type)
    );
  function written(form) {
    const values = {};
    fields(form).forEach((field) => {
      const held = (values[field.name] = values[field.name] || []);
      if (["checkbox", "radio"].includes(field.type) ? field.checked : true) held.push(field.value);
    });
    return JSON.stringify(values);
  }
  function keep(key, text) {
    try {
      localStorage.setItem(key, text);
    } catch (full) {
      // No room or no storage: the form itself still holds everything.
    }
  }
  function restore(form, values) {
    fields(form).forEach((field) => {
      const kept = values[field.name];
      if (!kept) return;
      if (["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
      // The version it was begun from travels along: what somebody else saved since is then shown, not overwritten.
      else if (field.type === "hidden" && field.name !== "version") return;
      else field.value = kept[0] ?? "";
      if (field.tomselect) field.tomselect.sync();
    });
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const saveNow = new WeakMap(); // form → what writes the draft that waits for its moment
  function watchDraft(form) {
    const key = draftKey(form);
    const note = form.querySelector("[data-draft-note]");
    const before = written(form);
    const kept = localStorage.getItem(key);
    let timer = null;
    const save = () => {
      clearTimeout(timer);
      timer = null;
      const now = written(form);
      if (now === before) localStorage.removeItem(key);
      else keep(key, now);
    };
    const refused = form.querySelector("[data-error-summary]");
    if (kept && kept !== before && key === sentInVain && !refused) {
      restore(form, JSON.parse(kept)); // sent, and the sign-in page came instead of an answer
    } else if (kept && kept !== before && note && !refused) {
      note.hidden = false;
      note.querySelector("[data-draft-restore]").addEventListener("click", () => {
        restore(form, JSON.parse(kept));
        note.hidden = true;
      });
      note.querySelector("[data-draft-drop]").addEventListener("click", () => {
        localStorage.removeItem(key);
        note.hidden = true;
      });
    } else if (refused) {
      keep(key, before); // refused: what came back on the form is not saved anywhere else
    }
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, 400);
    });
    // A phone that is put away, a tab that is closed, a form that is sent: at once, not in a moment.
    const now = () => timer !== null && save();
    saveNow.set(form, now);
    form.addEventListener("submit", now, true);
    addEventListener("pagehide", now);
    document.addEventListener("visibilitychange", () => document.hidden && now());
  }
  // A part that was fetched with an expired session takes the page along to the sign-in; the form on it comes back.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    const forms = all("form[data-draft]");
    forms.forEach((form) => saveNow.get(form)?.());
    const begun = forms.find((form) => localStorage.getItem(draftKey(form)) !== null);
    if (begun) sessionStorage.setItem("sent", draftKey(begun));
  });
  // The form that was sent last without a page saying that the act was done.
  let sentInVain = null;
  function forgetSentDraft() {
    // Only a page that says the act was done lets go of the draft; a refusal, an error page or the
    // sign-in page keeps it.
    const sent = sessionStorage.getItem("sent");
    if (!sent) return;
    if (document.querySelector("[data-message].alert-success")) localStorage.removeItem(sent);
    else sentInVain = sent;
    if (!document.querySelector("[data-sign-in]")) sessionStorage.removeItem("sent");
  }

  // -- without a connection a form waits instead of losing the page ----------------
  // Capturing, so that nothing else takes the form for sent.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (navigator.onLine || form.method !== "post") return;
      event.preventDefault();
      event.stopPropagation();
      waiting.set(form, event.submitter);
      all("[data-offline]").forEach((note) => {
        note.querySelector("[data-waits]").hidden = false;
        note.scrollIntoView({ block: "nearest" });
      });
    },
    true
  );
  addEventListener("online", () => {
    const forms = Array.from(waiting);
    waiting.clear();
    all("[data-waits]").forEach((note) => (note.hidden = true));
    // One page can be left once: the first waiting form goes, the drafts of the others stay.
    const next = forms.find(([form]) => form.isConnected);
    if (next) next[0].requestSubmit(next[1] && next[1].isConnected ? next[1] : undefined);
  });

  // -- searching selects -------------------------------------------------------
  function searchSelects(root) {
    if (!window.TomSelect) return;
    all("select[data-search-select]", root).forEach((select) => {
      if (select.tomselect) return;
      const url = select.dataset.url;
      select.setAttribute("aria-hidden", "true"); // the label speaks for the box that takes its place
      new TomSelect(select, {
        maxOptions: 200,
        ...(url && {
          valueField: "value",
          labelField: "text",
          searchField: [],
          load: (query, give) =>
            fetch(`${url}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
              .then((answer) => answer.json())
              .then((found) => give(found.results))
              .catch(() => give()),
        }),
      });
    });
  }

  // -- the check-in's place, asked for only on a tap ------------------------------
  on("click", "[data-locate]", (button, event) => {
    const form = button.form;
    if (!navigator.geolocation || form.dataset.located) return;
    event.preventDefault();
    button.classList.add("is-working");
    const send = () => {
      form.dataset.located = "1";
      button.classList.remove("is-working");
      form.requestSubmit(button);
    };
    navigator.geolocation.getCurrentPosition(
      (place) => {
        form.elements.latitude.value = place.coords.latitude;
        form.elements.longitude.value = place.coords.longitude;
        send();
      },
      send,
      { timeout: 6000, maximumAge: 60000 }
    );
  });

  // -- cells that differ from the last visit ---------------------------------------
  function markChanged(form) {
    all("[data-before]", form).forEach((field) => {
      const holder = field.closest(".report-field") || field.parentElement;
      const inputs = all("input, textarea, select", field.matches("input, textarea, select") ? holder : field);
      const now = inputs
        .filter((input) => (["checkbox", "radio"].includes(input.type) ? input.checked : input.type !== "hidden"))
        .map((input) => input.value.trim())
        .filter(Boolean);
      const before = (field.dataset.before || "").split("\u0001").filter(Boolean);
      holder.classList.toggle("is-changed", now.sort().join("\u0001") !== before.sort().join("\u0001"));
    });
  }
  document.addEventListener("input", (event) => {
    const form = event.target.form || (event.target.tagName === "FORM" && event.target);
    if (form && form.hasAttribute("data-report")) markChanged(form);
  });

  // -- filters: how many are set behind a button, and drawers that close by a click beside them or Escape ----
  function countFilters(root) {
    all("[data-filter-count]", root).forEach((badge) => {
      const fields = all("select, input:not([type=hidden])", badge.closest("form").querySelector(badge.dataset.filterCount));
      const set = fields.filter((field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value)).length;
      badge.textContent = set;
      badge.hidden = !set;
    });
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest(".list-filters");
    if (form) countFilters(form);
  });
  const closeDrawers = (but) => all("details[data-closes][open]").forEach((drawer) => drawer !== but && (drawer.open = false));
  document.addEventListener("click", (event) => closeDrawers(event.target.closest("details[data-closes]")));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawers(null));

  // -- keys --------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const box = document.querySelector(".list-search input, [data-search]");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    } else if (event.key === "j" || event.key === "k") {
      const rows = all("[data-list] tbody tr");
      if (!rows.length) return;
      const here = rows.findIndex((row) => row.contains(document.activeElement));
      const next = rows[Math.max(0, Math.min(rows.length - 1, here + (event.key === "j" ? 1 : -1)))];
      const link = next.querySelector("a");
      if (link) link.focus();
    }
  });

  // -- every page and every part -------------------------------------------------------
  function ready(root) {
    countFilters(root);
    searchSelects(root);
    // The tab one is on, where a narrow screen cuts the row off; the page itself stays where it is.
    all(".tabs > [aria-current]", root).forEach((tab) => {
      tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
    });
    all("form[data-draft]", root).forEach(watchDraft);
    all("form[data-report]", root).forEach(markChanged);
    const summary = (root || document).querySelector("[data-error-summary]");
    if (summary) {
      summary.focus();
      all("details[data-section]").forEach((part) => {
        if (part.querySelector(".is-invalid")) part.open = true;
      });
    }
  }
  connection();
  forgetSentDraft();
  ready(document);
  document.body.addEventListener("htmx:afterSwap", (event) => ready(event.target));
})();
