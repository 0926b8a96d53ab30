/* What scripts add to pages that work without them: no second sending, drafts, tabs, previews in place, macros by name, keys, files
   by drop and paste, times of the reader's own zone, news, colleagues at the same ticket. */
(() => {
  'use strict';
  /* The host's navigation brings it, too: on a page of ours it runs once. */
  if (window.sgsupport === true) return;
  window.sgsupport = true;
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  let leaving = null;
  const IS_MAC = /^(Mac|iP)/.test(navigator.platform);

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const setBusy = (form, busy) => {
    form.toggleAttribute('data-sg-busy', busy);
    all('button[type="submit"]', form).forEach((button) => {
      button.disabled = busy;
      if (busy) button.setAttribute('aria-busy', 'true');
      else button.removeAttribute('aria-busy');
    });
  };

  const preview = async (form, button) => {
    const region = form.querySelector('[data-sg-preview-region]');
    const data = new FormData(form);
    all('input[type="file"]', form).forEach((input) => data.delete(input.name));
    try {
      const answer = await fetch(button.formAction, {
        method: 'POST', body: data, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch', Accept: 'text/html' },
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      region.querySelector('[data-sg-preview-body]').innerHTML = await answer.text();
      region.hidden = false;
      region.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      button.removeAttribute('data-sg-preview');
      form.requestSubmit(button);
    }
  };

  /* What is typed is kept in this tab until the server says which form it has carried out: sending another form of the page,
     a refusal, a login in between or looking at news costs no word. Files cannot be kept. */
  const DRAFT = 'sg-draft ';
  const drafts = {
    read: (form) => JSON.parse(sessionStorage.getItem(DRAFT + form.dataset.sgDraft) || 'null'),
    write: (form, draft) => sessionStorage.setItem(DRAFT + form.dataset.sgDraft, JSON.stringify(draft)),
    drop: (form) => sessionStorage.removeItem(DRAFT + form.dataset.sgDraft),
  };
  const unkept = new Set();
  /* What stood in a field before anything was typed; a form that came back is drawn with the typed text. */
  const origins = new Map();
  const fieldsOf = (form) => Array.from(form.elements).filter((field) => field.name && !['hidden', 'file', 'submit', 'button'].includes(field.type));
  const isBox = (field) => ['checkbox', 'radio'].includes(field.type);
  const nameOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const now = (field) => (isBox(field) ? field.checked : field.value);
  const drawn = (field) => {
    if (isBox(field)) return field.defaultChecked;
    if (field.options) return (Array.from(field.options).find((option) => option.defaultSelected) || field.options[0] || {}).value;
    return field.defaultValue;
  };

  const origin = (field) => (origins.has(field) ? origins.get(field) : drawn(field));

  /* The version of the server's draft that a form of an agent shows. */
  const seenBy = (form) => (form.dataset.sgSave ? form.elements.namedItem('draft').value || '0' : undefined);

  const keepDraft = (form) => {
    const changed = fieldsOf(form).filter((field) => now(field) !== origin(field));
    const token = form.elements.namedItem('form');
    try {
      if (!changed.length) drafts.drop(form);
      else drafts.write(form, { form: token ? token.value : '', seen: seenBy(form), fields: changed.map((field) => [nameOf(field), now(field), origin(field)]) });
      unkept.delete(form);
    } catch (error) {
      unkept.add(form);
    }
  };

  const restoreDraft = (form) => {
    let draft = null;
    try { draft = drafts.read(form); } catch (error) { return; }
    if (!draft) return;
    draft.fields.forEach(([name, value, before]) => {
      const field = fieldsOf(form).find((one) => nameOf(one) === name);
      if (!field) return;
      if (drawn(field) === value) origins.set(field, before);
      /* What the server keeps is what this tab had seen when more was typed: the tab is ahead of it. */
      const saved = form.dataset.sgSave && field.tagName === 'TEXTAREA';
      if (saved && drawn(field).startsWith(value)) return;
      const ahead = saved && (draft.seen === seenBy(form) || value.startsWith(drawn(field)));
      const same = ahead || drawn(field) === before || drawn(field) === value;
      if (isBox(field)) field.checked = same ? value : field.checked;
      else if (same) field.value = value;
      /* The page has put words of its own there meanwhile: neither may be lost. */
      else if (field.tagName === 'TEXTAREA') field.value = `${drawn(field).trimEnd()}\n\n${value}`;
      if (field.options && field.selectedIndex < 0) field.value = drawn(field);
    });
    form.toggleAttribute('data-sg-restored', true);
    const folded = form.closest('details');
    if (folded) folded.open = true;
  };

  const dropSent = () => {
    const sent = all('[data-sg-sent]').map((mark) => mark.dataset.sgSent);
    try {
      Object.keys(sessionStorage).filter((key) => key.startsWith(DRAFT)).forEach((key) => {
        if (sent.includes(JSON.parse(sessionStorage.getItem(key)).form)) sessionStorage.removeItem(key);
      });
    } catch (error) { /* No storage, no draft. */ }
  };

  /* Fields beside the composer outlive a Send like any draft: which of them are not saved is said where they are. */
  const sayUnsaved = (form) => {
    const place = form.querySelector('[data-sg-unsaved]');
    if (!place) return;
    const saved = (field) => form.elements.namedItem(`seen-${field.name}`).value;
    const names = fieldsOf(form).filter((field) => field.value !== saved(field)).map((field) => field.labels[0].textContent);
    place.textContent = names.length ? `${place.dataset.sgUnsaved} ${names.join(', ')}` : '';
  };

  const draftChanged = (event) => {
    const form = event.target.form;
    if (!form || !form.matches('.sg [data-sg-draft]')) return;
    keepDraft(form);
    sayUnsaved(form);
  };
  document.addEventListener('click', (event) => {
    const link = event.target.closest('.sg [data-sg-draft] [data-sg-discard]');
    if (link) try { drafts.drop(link.closest('form')); } catch (error) { /* There is none. */ }
  });
  document.addEventListener('input', draftChanged);
  document.addEventListener('change', draftChanged);

  /* An agent's text is kept on the server as well, where another browser finds it: with each pause, and when the page is
     left. What the server has confirmed the tab forgets; while the server is away the tab keeps it, as it does for everybody.
     Where another window has kept something else meanwhile neither is written over: the person chooses. */
  const SAVE_AFTER = 1200;
  const savers = new Map();
  const startSaving = (form) => {
    const text = form.querySelector('textarea[name="body"]');
    const seen = form.elements.namedItem('draft');
    const said = form.querySelector('[data-sg-saved]');
    const crossing = form.querySelector('[data-sg-crossed]');
    let kept = form.hasAttribute('data-sg-came-back') ? null : drawn(text);
    let timer = 0;
    let saving = null;
    let crossed = false;
    const plan = () => { clearTimeout(timer); timer = setTimeout(save, SAVE_AFTER); };
    const confirmed = (body, answer) => {
      kept = body;
      seen.value = String(answer.version || '0');
      said.textContent = answer.said;
      origins.set(text, body);
      keepDraft(form);
      if (text.value !== kept) plan();
    };
    const tell = async (sentence) => {
      crossed = true;
      said.textContent = '';
      const fresh = await thisPageNow().catch(() => null);
      const other = fresh && fresh.querySelector(`[data-sg-save="${CSS.escape(form.dataset.sgSave)}"]`);
      if (!other) { crossed = false; return; }
      const words = drawn(other.querySelector('textarea[name="body"]'));
      const choice = (label, then) => {
        const button = make('button', { type: 'button', className: 'sg-button', textContent: label });
        button.addEventListener('click', () => {
          seen.value = other.elements.namedItem('draft').value || '0';
          crossed = false;
          crossing.hidden = true;
          then();
          text.focus();
          plan();
        });
        return button;
      };
      const mine = choice(crossing.dataset.sgMine, () => { kept = null; });
      const theirs = choice(crossing.dataset.sgOther, () => { text.value = words; kept = words; origins.set(text, words); keepDraft(form); });
      const box = make('div', { className: 'sg-words', textContent: words });
      crossing.replaceChildren(make('p', { textContent: sentence }), box, make('p', { className: 'sg-bar' }, mine, theirs));
      crossing.hidden = false;
    };
    const save = async () => {
      clearTimeout(timer);
      const body = text.value;
      if (crossed || saving || body === kept) return;
      if (kept === null && !body) return;
      seen.value = seen.value || '0';
      saving = new AbortController();
      const data = new FormData();
      ['csrf_token', 'form', 'draft'].forEach((name) => { const field = form.elements.namedItem(name); if (field) data.set(name, field.value); });
      data.set('body', body);
      try {
        const answer = await fetch(form.dataset.sgSave, {
          method: 'POST', body: data, credentials: 'same-origin', signal: saving.signal, keepalive: document.visibilityState === 'hidden' && body.length < 20000,
          headers: { 'X-Requested-With': 'fetch', Accept: 'application/json' },
        });
        const news = answer.redirected ? {} : await answer.json();
        saving = null;
        if (answer.ok && !answer.redirected) confirmed(body, news);
        else if (news.crossed) tell(news.sentence);
        else said.textContent = '';
      } catch (error) {
        saving = null;
        said.textContent = '';
      }
    };
    savers.set(form, () => { clearTimeout(timer); if (saving) saving.abort(); });
    text.addEventListener('input', () => { said.textContent = ''; plan(); });
    text.addEventListener('blur', () => save());
    document.addEventListener('visibilitychange', () => { if (document.hidden && leaving !== form) save(); });
    if (text.value !== kept) plan();
  };

  /* Whether a page drawn anew takes nothing from anybody: drafts are kept, but nothing that is open, has the focus or is chosen. */
  const isCalm = () => {
    const forms = all('form');
    const isChanged = (form) => !form.matches('[data-sg-draft]') && fieldsOf(form).some((field) => now(field) !== drawn(field));
    return !document.querySelector('dialog[open], details[open], .sg-news[data-sg-page]')
      && !(document.activeElement && document.activeElement.closest('textarea, input, select, [contenteditable]'))
      && !unkept.size && !forms.some((form) => holdsFiles(form) || isChanged(form));
  };

  /* How long replies can be taken back, and what has become of them, which one address says for all of a page. The page of a
     reply is shown anew then; where somebody is in the midst of something, the reply joins the conversation. */
  const ASKED_AFTER = 2000;
  const startSending = (places) => {
    const waiting = new Map(places.map((place) => [place, Date.now() + 1000 * Number(place.dataset.sgSending)]));
    const left = (place) => Math.ceil((waiting.get(place) - Date.now()) / 1000);
    let timer = 0;
    let asking = false;
    let askedAfter = ASKED_AFTER;
    let nextAt = 0;
    const end = (place, words) => {
      const { sgOf, sgAt, sgShow } = place.dataset;
      const bar = place.closest('form');
      const said = bar.querySelector('[data-sg-became]');
      const link = make('a', { href: sgAt || thisAddress(), textContent: sgShow });
      const held = bar.contains(document.activeElement);
      waiting.delete(place);
      Array.from(bar.children).filter((one) => one !== said).forEach((one) => one.remove());
      said.append([words, sgOf].filter(Boolean).join(' '), ' ', link);
      if (held) link.focus();
    };
    const tell = (place, became) => {
      const { sgOf, sgSentNow, sgBack, sgUndone } = place.dataset;
      const words = { sent: sgSentNow, back: sgBack, undone: sgUndone }[became];
      if (!words || leaving) return;
      if (!sgOf && isCalm()) {
        waiting.clear();
        location.replace(thisAddress());
        return;
      }
      end(place, words);
      if (!sgOf && became === 'sent') showMessages().catch(() => {});
    };
    const ask = async (due) => {
      asking = true;
      try {
        const replies = new URLSearchParams(due.map((place) => ['reply', place.dataset.sgReply]));
        const headers = { Accept: 'application/json', 'X-SGSupport-Looks-Again': '1' };
        const answer = await fetch(`${due[0].dataset.sgBecameUrl}?${replies}`, { headers, cache: 'no-store', credentials: 'same-origin' });
        const over = answer.redirected || (answer.status >= 400 && answer.status < 500);
        const said = answer.ok && !over ? await answer.json() : {};
        if (over) [...waiting.keys()].forEach((place) => end(place, ''));
        else due.forEach((place) => tell(place, said[place.dataset.sgReply]));
      } catch (error) { /* The server is away: asked again. */ }
      asking = false;
      nextAt = Date.now() + askedAfter;
      askedAfter = Math.min(1.25 * askedAfter, 15 * ASKED_AFTER);
      turn();
    };
    /* A page that nobody sees asks when somebody does. */
    const turn = () => {
      clearTimeout(timer);
      if (document.hidden || !waiting.size) return;
      const due = [...waiting.keys()].filter((place) => left(place) <= 0);
      waiting.forEach((until, place) => {
        const words = left(place) > 0 ? place.dataset.sgCounts.replace('{seconds}', left(place)) : place.dataset.sgSends;
        if (place.textContent !== words) place.textContent = words;
      });
      if (due.length && !asking && Date.now() >= nextAt) ask(due);
      timer = setTimeout(turn, due.length < waiting.size || asking ? 250 : Math.max(250, nextAt - Date.now()));
    };
    document.addEventListener('visibilitychange', () => { nextAt = 0; turn(); });
    turn();
  };

  /* Whether a reply leads on to the next ticket is remembered, for each person in their browser. */
  const startGoingOn = (box) => {
    const key = `sg-goes-on ${box.form.dataset.sgDraft.split(' ')[0]}`;
    try {
      box.checked = localStorage.getItem(key) === '1';
      box.defaultChecked = box.checked;
      box.addEventListener('change', () => {
        box.defaultChecked = box.checked;
        localStorage.setItem(key, box.checked ? '1' : '');
      });
    } catch (error) { /* It is not remembered. */ }
  };

  /* A reload after the redirect must find the buttons usable again, also from the back/forward cache. */
  window.addEventListener('pageshow', () => {
    leaving = null;
    all('.sg form[data-sg-busy]').forEach((form) => setBusy(form, false));
  });

  /* Forms with files, each with what finds out whether all can be read; and those that were found fit to be sent. */
  const choosers = new Map();
  const holdsFiles = (form) => all('input[type="file"]', form).some((input) => input.files.length);
  const fit = new WeakSet();

  /* A file that was changed on the disk since it was chosen would end in the browser's own error page, text and all. */
  const readFirst = async (form, button) => {
    form.toggleAttribute('data-sg-busy', true);
    const readable = await choosers.get(form)();
    form.toggleAttribute('data-sg-busy', false);
    if (!readable) return;
    fit.add(form);
    form.requestSubmit(button);
    fit.delete(form);
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.closest('.sg')) return;
    const button = event.submitter;
    if (button && button.hasAttribute('data-sg-preview') && form.querySelector('[data-sg-preview-region]')) {
      event.preventDefault();
      preview(form, button);
    } else if (form.hasAttribute('data-sg-busy')) {
      event.preventDefault();
    } else if (form.method === 'get') {
      /* What is empty asks for nothing and need not stand in the address. */
      const empty = Array.from(form.elements).filter((field) => field.name && !field.value && !field.disabled);
      empty.forEach((field) => { field.disabled = true; });
      setTimeout(() => empty.forEach((field) => { field.disabled = false; }), 0);
    } else if (form.method === 'post' && choosers.has(form) && holdsFiles(form) && !fit.has(form)) {
      event.preventDefault();
      readFirst(form, button);
    } else if (form.method === 'post') {
      leaving = form;
      if (savers.has(form)) savers.get(form)();
      if (form.hasAttribute('data-sg-draft') && !(button && button.hasAttribute('data-sg-discard'))) keepDraft(form);
      /* After this turn: a button disabled now would not be part of what is sent. */
      setTimeout(() => setBusy(form, true), 0);
      /* Where no new page came (connection lost, a download) the form is not locked for good; the server knows what came twice. */
      setTimeout(() => { leaving = null; setBusy(form, false); }, 20000);
    }
  });

  document.addEventListener('keydown', (event) => {
    const form = event.target.form;
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !form || !form.matches('.sg [data-sg-draft]')) return;
    const buttons = all('button[type="submit"]:not([formaction])', form);
    const usual = event.altKey
      ? buttons.find((button) => button.name === 'status' && button.value === 'resolved')
      : buttons.find((button) => button.matches('.sg-button-primary, [data-sg-usual]')) || buttons[0];
    if (!usual) return;
    event.preventDefault();
    const onward = event.shiftKey && form.querySelector('[data-sg-goes-on]');
    if (onward) onward.checked = true;
    form.requestSubmit(usual);
  });

  window.addEventListener('beforeunload', (event) => {
    const files = all('.sg [data-sg-draft] input[type="file"]').filter((input) => input.files.length).map((input) => input.form);
    if ([...files, ...unkept].some((form) => form !== leaving)) event.preventDefault();
  });

  const startTabs = (composer) => {
    const panes = all('[data-sg-pane]', composer);
    if (panes.length < 2) return;
    const list = make('div', { className: 'sg-tabs' });
    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', composer.dataset.sgLabel);
    const show = (index, focus) => {
      panes.forEach((pane, at) => {
        pane.hidden = at !== index;
        list.children[at].setAttribute('aria-selected', String(at === index));
        list.children[at].tabIndex = at === index ? 0 : -1;
      });
      if (focus) list.children[index].focus();
    };
    panes.forEach((pane, index) => {
      const title = pane.querySelector('[data-sg-pane-title]');
      const tab = make('button', { type: 'button', id: `${pane.id}-tab` }, ...Array.from(title.childNodes, (node) => node.cloneNode(true)));
      tab.className = pane.classList.contains('sg-compose-note') ? 'sg-tab-note' : '';
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', pane.id);
      tab.addEventListener('click', () => show(index, false));
      list.append(tab);
      pane.setAttribute('role', 'tabpanel');
      pane.removeAttribute('aria-label');
      pane.setAttribute('aria-labelledby', tab.id);
    });
    list.addEventListener('keydown', (event) => {
      const forward = getComputedStyle(list).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      const step = { ArrowLeft: -1, ArrowRight: -1, [forward]: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show((panes.findIndex((pane) => !pane.hidden) + step + panes.length) % panes.length, true);
    });
    composer.prepend(list);
    const pick = () => panes.findIndex((pane) => location.hash && pane.id === location.hash.slice(1));
    const first = (wanted) => panes.findIndex((pane) => pane.matches(wanted) || pane.querySelector(wanted));
    show([pick(), first('[data-sg-open]'), first('[data-sg-restored]'), 0].find((at) => at >= 0), false);
    window.addEventListener('hashchange', () => pick() >= 0 && show(pick(), false));
  };

  const size = (bytes) => {
    const power = Math.min(3, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
    return `${(bytes / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power ? 1 : 0 })} ${['B', 'kB', 'MB', 'GB'][power]}`;
  };

  /* The list of macros becomes a field that narrows it by name; what is chosen is put where the cursor stands. */
  const startMacros = (box) => {
    const select = box.querySelector('select');
    const button = box.querySelector('button');
    const { form } = select;
    const text = form.querySelector('textarea[name="body"]');
    const rows = Array.from(select.options).filter((option) => option.value);
    const input = make('input', { type: 'text', id: 'sg-macro', className: 'sg-input', autocomplete: 'off', placeholder: `${select.options[0].textContent} (/)` });
    const list = make('ul', { id: 'sg-macros-list', className: 'sg-macros-list', hidden: true });
    const said = make('span', { className: 'sg-visually-hidden' });
    const attributes = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': list.id, 'aria-expanded': 'false' };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', box.dataset.sgLabel);
    said.setAttribute('role', 'status');
    box.querySelector('label').htmlFor = input.id;
    select.hidden = true;
    button.hidden = true;
    box.append(input, list, said);
    let found = [];
    let at = 0;
    let bySlash = false;

    const pick = (index) => {
      at = (index + found.length) % Math.max(found.length, 1);
      Array.from(list.children).forEach((option, place) => option.setAttribute('aria-selected', String(place === at && found.length > 0)));
      if (!found.length) { input.removeAttribute('aria-activedescendant'); return; }
      input.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    };
    const open = () => {
      const words = input.value.toLowerCase().split(/\s+/);
      const name = (row) => row.textContent.toLowerCase();
      found = rows.filter((row) => words.every((word) => name(row).includes(word)));
      found.sort((a, b) => name(b).startsWith(words[0]) - name(a).startsWith(words[0]));
      const options = found.map((row, place) => {
        const option = make('li', { id: `sg-macro-${place}`, textContent: row.textContent });
        option.addEventListener('click', () => choose(row));
        return option;
      });
      if (!options.length) options.push(make('li', { textContent: box.dataset.sgNone }));
      options.forEach((option) => option.setAttribute('role', 'option'));
      if (!found.length) options[0].setAttribute('aria-disabled', 'true');
      list.replaceChildren(...options);
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      said.textContent = found.length ? box.dataset.sgFound.replace('{count}', found.length) : box.dataset.sgNone;
      pick(0);
    };
    const insert = (words) => {
      text.setRangeText(words, text.selectionStart, text.selectionEnd, 'end');
      text.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const put = (words) => {
      text.focus();
      insert(words);
    };
    const choose = async (row) => {
      close();
      bySlash = false;
      input.value = '';
      select.value = '';
      const data = new FormData(form);
      all('input[type="file"]', form).forEach((one) => data.delete(one.name));
      data.set(select.name, row.value);
      try {
        const answer = await fetch(button.formAction, {
          method: 'POST', body: data, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch', Accept: 'application/json' },
        });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const macro = await answer.json();
        form.querySelector('[data-sg-does]').innerHTML = macro.html;
        said.textContent = box.dataset.sgDone.replace('{name}', () => row.textContent);
        put(macro.text);
        const does = form.querySelector('.sg-does fieldset');
        if (!macro.text && does) does.focus();
      } catch (error) {
        select.value = row.value;
        form.requestSubmit(button);
      }
    };
    /* What was typed into the field by way of a slash was meant for the text after all. */
    const giveBack = () => {
      close();
      if (!bySlash) return;
      const words = `/${input.value}`;
      bySlash = false;
      input.value = '';
      insert(words);
    };
    const leave = () => {
      giveBack();
      input.value = '';
      text.focus();
    };

    select.addEventListener('sg-chosen', () => choose(select.selectedOptions[0]));
    /* A line that begins with a slash and names no macro is text. */
    input.addEventListener('input', () => {
      open();
      if (bySlash && !found.length) leave();
    });
    input.addEventListener('click', open);
    /* A window that is left leaves the focus where it is. The text grows by what it gets back, so a click has to end first. */
    input.addEventListener('blur', () => {
      close();
      if (document.activeElement !== input) setTimeout(giveBack, 250);
    });
    form.addEventListener('submit', giveBack, true);
    list.addEventListener('mousedown', (event) => event.preventDefault());
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) giveBack();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (list.hidden) open();
        else pick(at + step);
      } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !event.isComposing) {
        event.preventDefault();
        if (!list.hidden && found.length) choose(found[at]);
      } else if (event.key === 'Escape' || (event.key === 'Backspace' && bySlash && !input.value)) {
        event.preventDefault();
        if (event.key === 'Backspace') bySlash = false;
        leave();
      }
    });
    text.addEventListener('keydown', (event) => {
      const before = text.value[text.selectionStart - 1];
      const begins = text.selectionStart === text.selectionEnd && (before === undefined || before === '\n');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !begins) return;
      event.preventDefault();
      bySlash = true;
      input.focus();
      open();
    });
  };

  /* Tags in use are offered behind what is typed already; they are asked for once somebody comes to the field. */
  const startTags = (input) => {
    const list = make('datalist', { id: `${input.id}-in-use` });
    let known = [];
    const offer = () => {
      const before = input.value.slice(0, input.value.lastIndexOf(',') + 1);
      const typed = input.value.slice(before.length).trim().toLowerCase();
      const there = before.toLowerCase().split(',').map((tag) => tag.trim());
      const fitting = known.filter((tag) => tag.startsWith(typed) && tag !== typed && !there.includes(tag)).slice(0, 10);
      list.replaceChildren(...fitting.map((tag) => make('option', { value: `${before}${before && ' '}${tag}` })));
    };
    input.after(list);
    input.setAttribute('list', list.id);
    input.addEventListener('input', offer);
    input.addEventListener('focus', async () => {
      try {
        const answer = await fetch(input.dataset.sgTags, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
        if (answer.ok && !answer.redirected) known = (await answer.json()).tags;
        offer();
      } catch (error) { /* Tags are typed without being offered. */ }
    }, { once: true });
  };

  /* Behind an @ in a note the colleagues who see the ticket are offered; what is chosen is typed out. */
  const startMention = (box) => {
    const text = box.closest('form').querySelector('textarea');
    const rows = all('[data-sg-handle]', box).map((row) => ({ handle: row.dataset.sgHandle, name: row.querySelector('span').textContent }));
    const list = make('ul', { id: 'sg-mention-list', className: 'sg-mention-list', hidden: true });
    const said = make('span', { className: 'sg-visually-hidden' });
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', box.dataset.sgLabel);
    said.setAttribute('role', 'status');
    text.setAttribute('aria-autocomplete', 'list');
    text.setAttribute('aria-controls', list.id);
    box.before(list, said);
    let found = [];
    let at = 0;
    const close = () => {
      list.hidden = true;
      found = [];
      text.removeAttribute('aria-activedescendant');
    };
    const pick = (index) => {
      at = (index + found.length) % found.length;
      Array.from(list.children).forEach((option, place) => option.setAttribute('aria-selected', String(place === at)));
      text.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    };
    const behind = () => /(?:^|[^\p{L}\p{N}@./:+-])@([\p{L}\p{N}.-]*)$/u.exec(text.value.slice(0, text.selectionStart));
    const choose = (row) => {
      const typed = behind();
      const end = text.selectionStart;
      close();
      if (!typed) return;
      text.setRangeText(`@${row.handle} `, end - typed[1].length - 1, end, 'end');
      text.dispatchEvent(new Event('input', { bubbles: true }));
      text.focus();
    };
    const offer = () => {
      const typed = text.selectionStart === text.selectionEnd ? behind() : null;
      const words = typed ? typed[1].toLowerCase() : '';
      found = typed ? rows.filter((row) => row.handle.startsWith(words) || row.name.toLowerCase().split(/\s+/).some((word) => word.startsWith(words))).slice(0, 8) : [];
      if (!found.length || (found.length === 1 && found[0].handle === words)) { close(); return; }
      list.replaceChildren(...found.map((row, place) => {
        const option = make('li', { id: `sg-mention-${place}` }, make('b', { textContent: row.name }), make('span', { className: 'sg-muted', textContent: ` @${row.handle}` }));
        option.setAttribute('role', 'option');
        option.addEventListener('click', () => choose(row));
        return option;
      }));
      list.hidden = false;
      said.textContent = box.dataset.sgFound.replace('{count}', found.length);
      pick(0);
    };
    list.addEventListener('mousedown', (event) => event.preventDefault());
    text.addEventListener('input', offer);
    text.addEventListener('blur', close);
    text.addEventListener('keydown', (event) => {
      if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) pick(at + step);
      else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) choose(found[at]);
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
    });
  };

  /* Open tickets that look like the one that is written are asked for once the subject stands still. */
  const startAlike = (section) => {
    const form = section.closest('form');
    const said = section.nextElementSibling;
    const wanted = ['csrf_token', 'subject', 'body', 'account', 'person'].map((name) => form.elements.namedItem(name)).filter(Boolean);
    const subject = form.elements.namedItem('subject');
    const words = () => wanted.slice(1).map((field) => field.value.trim()).join('\n');
    let asked = section.hidden ? '' : words();
    let timer = 0;
    const ask = async () => {
      const mine = words();
      if (mine === asked || subject.value.trim().length < 3) return;
      asked = mine;
      const data = new FormData();
      wanted.forEach((field) => data.set(field.name, field.value));
      try {
        const answer = await fetch(section.dataset.sgAlike, {
          method: 'POST', body: data, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch', Accept: 'text/html' },
        });
        if (!answer.ok || answer.redirected || mine !== asked || section.contains(document.activeElement)) return;
        form.elements.namedItem('looked-for').value = subject.value;
        section.innerHTML = answer.status === 204 ? '' : await answer.text();
        section.hidden = !section.firstElementChild;
        showTimes(section);
        const line = section.querySelector('[data-sg-alike-words]');
        if (!line || said.textContent !== line.textContent) said.textContent = line ? line.textContent : '';
      } catch (error) { /* It is an offer: the page asks once more before it sends. */ }
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(ask, 600); };
    subject.addEventListener('input', later);
    form.elements.namedItem('body').addEventListener('change', later);
    later();
  };

  const startFiles = (box) => {
    const input = box.querySelector('input[type="file"]');
    const list = box.querySelector('[data-sg-files-list]');
    const said = box.querySelector('[data-sg-files-said]');
    /* A browser forgets the files of a first choice at the second, and all of them where the second is given up. */
    let kept = [];
    const put = (files) => {
      const transfer = new DataTransfer();
      files.forEach((file) => transfer.items.add(file));
      input.files = transfer.files;
      kept = files;
      draw();
      input.dispatchEvent(new Event('sg-files', { bubbles: true }));
      said.textContent = files.length ? `${said.dataset.sgChosen} ${files.map((file) => file.name).join(', ')}` : said.dataset.sgNone;
    };
    const same = (one, other) => ['name', 'size', 'lastModified', 'type'].every((part) => one[part] === other[part]);
    /* What is too large cannot go along: the next choice takes its place. */
    const fits = (file) => file.size <= Number(box.dataset.sgMostBytes);
    const add = (files) => put([...kept.filter(fits), ...Array.from(files).filter((file) => !kept.some((other) => same(file, other)))]);
    const error = box.querySelector('[data-sg-files-error]');
    /* The server refuses a request that is too large before it reads the text in it: it must not be sent at all. */
    const problem = (files) => {
      const { sgMostFiles, sgTooMany, sgTooLarge } = box.dataset;
      if (files.length > Number(sgMostFiles)) return sgTooMany.replace('{count}', files.length);
      const large = files.find((file) => !fits(file));
      return large ? sgTooLarge.replace('{name}', () => large.name) : '';
    };
    const draw = () => {
      const files = Array.from(input.files);
      const wrong = problem(files);
      input.setCustomValidity(wrong);
      error.textContent = wrong;
      error.hidden = !wrong;
      list.hidden = !files.length;
      list.replaceChildren(...files.map((file, index) => {
        const remove = make('button', { type: 'button', className: 'sg-button sg-button-quiet', textContent: box.dataset.sgRemove });
        remove.setAttribute('aria-label', `${box.dataset.sgRemove} ${file.name}`);
        remove.addEventListener('click', () => { put(files.filter((other, at) => at !== index)); input.focus(); });
        return make('li', {}, make('span', { textContent: file.name }), make('span', { className: 'sg-muted sg-num', textContent: size(file.size) }), remove);
      }));
    };
    const readable = async () => {
      const tried = await Promise.allSettled(kept.map((file) => file.slice(0, 1).arrayBuffer()));
      const lost = kept.filter((file, at) => tried[at].status === 'rejected');
      if (!lost.length) return true;
      put(kept.filter((file) => !lost.includes(file)));
      error.textContent = box.dataset.sgUnreadable.replace('{names}', () => lost.map((file) => file.name).join(', '));
      error.hidden = false;
      input.focus();
      return false;
    };
    const take = (event, transfer) => {
      /* Office programs give a picture of the text beside the text that is meant. */
      if (!transfer || !transfer.files.length || (event.type === 'paste' && transfer.types.includes('text/plain'))) return;
      event.preventDefault();
      add(transfer.files);
    };
    input.addEventListener('change', () => add(input.files));
    input.form.addEventListener('paste', (event) => take(event, event.clipboardData));
    input.form.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      box.classList.add('sg-over');
    });
    ['dragleave', 'drop'].forEach((name) => input.form.addEventListener(name, () => box.classList.remove('sg-over')));
    input.form.addEventListener('drop', (event) => take(event, event.dataTransfer));
    choosers.set(input.form, readable);
    kept = Array.from(input.files);
    draw();
  };

  /* Boxes of a list: one for all, a range with Shift, and the acts there once something is selected. */
  const startBulk = (form) => {
    const boxes = () => all('.sg [data-sg-box]').filter((box) => box.form === form);
    const whole = all('.sg [data-sg-box-all]').find((box) => box.form === form);
    const acts = form.querySelector('fieldset');
    const said = form.querySelector('[data-sg-selected]');
    let last = null;
    const show = () => {
      const ticked = boxes().filter((box) => box.checked).length;
      form.hidden = !ticked;
      acts.disabled = !ticked;
      const words = ticked ? said.dataset.sgSelected.replace('{count}', ticked) : '';
      if (said.textContent !== words) said.textContent = words;
      if (!whole) return;
      whole.checked = ticked > 0 && ticked === boxes().length;
      whole.indeterminate = ticked > 0 && !whole.checked;
    };
    /* What is ticked stays so when news of the list are shown, but for tickets that have changed: those are to be looked at. */
    const key = `sg-ticked ${location.pathname}`;
    try {
      const ticked = JSON.parse(sessionStorage.getItem(key) || '[]');
      sessionStorage.removeItem(key);
      boxes().filter((box) => ticked.includes(box.value)).forEach((box) => { box.checked = true; });
    } catch (error) { /* It is ticked again by hand. */ }
    document.addEventListener('click', (event) => {
      if (!event.target.closest('.sg-news a')) return;
      const ticked = boxes().filter((box) => box.checked).map((box) => box.value);
      try { sessionStorage.setItem(key, JSON.stringify(ticked)); } catch (error) { /* As above. */ }
    });
    form.classList.add('sg-bulk-follows');
    document.addEventListener('click', (event) => {
      const box = event.target.closest('.sg [data-sg-box]');
      if (!box || box.form !== form) return;
      const [from, to] = [last, box].map((one) => boxes().indexOf(one)).sort((a, b) => a - b);
      if (event.shiftKey && from >= 0) boxes().slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
      last = box;
      show();
    });
    if (whole) whole.addEventListener('change', () => { boxes().forEach((box) => { box.checked = whole.checked; }); show(); });
    document.addEventListener('change', (event) => { if (event.target.matches('[data-sg-box]')) show(); });
    window.addEventListener('pageshow', show);
    show();
  };

  /* Do what a button does, or go to a field, also where it stands behind another tab. */
  const press = (target) => {
    const pane = target.closest('[data-sg-pane]');
    const tab = pane && pane.hidden ? document.getElementById(`${pane.id}-tab`) : null;
    if (tab) tab.click();
    if (!target.matches('input, textarea, select')) { target.click(); return; }
    target.focus();
    target.scrollIntoView({ block: 'nearest' });
  };

  /* The command palette. What can be done is what the page has buttons, lists and fields for, so nothing is offered that the
     page does not offer; pages and tickets are asked of the server, where the same stands as a page of its own. */
  const startPalette = (dialog) => {
    const input = dialog.querySelector('input');
    const list = dialog.querySelector('[role="listbox"]');
    const said = dialog.querySelector('[data-sg-palette-said]');
    const opener = document.querySelector('[data-sg-palette-open]');
    const { sgPalette, sgSearch, sgOnPage, sgTickets, sgFound, sgNone, sgSearching, sgFailed, sgAll } = dialog.dataset;
    const fold = (words) => words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    let acts = [];
    let places = null;
    let tickets = { words: '', rows: [] };
    let waiting = '';
    let problem = '';
    let asking = null;
    let timer = 0;
    let shown = [];
    let at = 0;

    const isOffered = (element) => {
      if (element.matches(':disabled') || element.parentElement.closest('[hidden]:not([data-sg-pane])')) return false;
      const pane = element.matches('button') && element.closest('[data-sg-pane]');
      /* What sends a text is offered where there is one. */
      return !pane || (!pane.hidden && Array.from(pane.querySelectorAll('textarea')).some((text) => text.value.trim()));
    };
    /* Of a form that knows what each of its fields showed one is sent without the others, and so without what waits in them
       to be saved; nor is the form said to be carried out then, which would forget that. */
    const alone = (select) => {
      const shown = (field) => select.form.elements.namedItem(`seen-${field.name}`);
      if (!shown(select)) return [];
      origins.set(select, select.value);
      const others = fieldsOf(select.form).filter((field) => field !== select && shown(field));
      return [...others, ...others.map(shown), select.form.elements.namedItem('form')].filter((field) => field && !field.disabled);
    };
    const set = (select, option) => {
      select.value = option.value;
      if (select.closest('[data-sg-macros]')) {
        press(select.form.querySelector('textarea'));
        select.dispatchEvent(new Event('sg-chosen'));
        return;
      }
      const others = alone(select);
      others.forEach((field) => { field.disabled = true; });
      select.form.requestSubmit((select.closest('.sg-pair, .sg-bulk-pair') || select.form).querySelector('button[type="submit"]'));
      setTimeout(() => others.forEach((field) => { field.disabled = false; }), 0);
    };
    const named = (element, words) => (element.dataset.sgOffer ? `${element.dataset.sgOffer}: ${words}` : words);
    const offersOf = (element) => {
      if (element.matches('select')) {
        return Array.from(element.options).filter((option) => option.value && !option.disabled && !option.defaultSelected).map((option) => {
          const group = option.parentElement.matches('optgroup') ? `${option.parentElement.label}: ` : '';
          return { label: named(element, group + option.textContent), detail: '', choice: true, run: () => set(element, option) };
        });
      }
      if (element.matches('textarea')) return [{ label: element.dataset.sgOffer, detail: '', run: () => press(element) }];
      const words = element.getAttribute('aria-label') || element.textContent.replace(/\s+/g, ' ').trim();
      return [{ label: named(element, words), detail: '', run: () => press(element) }];
    };
    const page = (row) => ({ label: row.label, detail: [row.number, row.detail, row.count].filter((part) => part || part === 0).join(' · '), tall: Boolean(row.number), url: row.url });

    const matching = (rows, words) => {
      const parts = fold(words).split(/\s+/).filter(Boolean);
      const found = rows.filter((row) => parts.every((part) => fold(row.label).includes(part)));
      const place = (row) => parts.filter((part) => !` ${fold(row.label)}`.includes(` ${part}`)).length;
      return found.sort((a, b) => place(a) - place(b));
    };
    const pick = (index) => {
      at = (index + shown.length) % Math.max(shown.length, 1);
      const options = all('[role="option"]', list);
      options.forEach((option, number) => option.setAttribute('aria-selected', String(number === at)));
      if (options[at]) {
        input.setAttribute('aria-activedescendant', options[at].id);
        options[at].scrollIntoView({ block: 'nearest' });
      } else input.removeAttribute('aria-activedescendant');
    };
    const draw = () => {
      const words = input.value.trim();
      const groups = [[sgOnPage, matching(acts.filter((act) => words || !act.choice), words)]];
      (places || []).forEach((group) => groups.push([group.title, matching(group.rows.map(page), words)]));
      if (words && tickets.words === words) groups[/^#?[\w-]*\d+$/.test(words) ? 'unshift' : 'push']([sgTickets, tickets.rows.map(page)]);
      if (words) groups.push(['', [{ label: sgAll.replace('{words}', () => words), detail: '', url: sgSearch + encodeURIComponent(words) }]]);
      shown = groups.flatMap(([, rows]) => rows);
      let number = 0;
      list.replaceChildren(...groups.filter(([, rows]) => rows.length).map(([title, rows], which) => {
        const group = make('div', { className: 'sg-palette-group' });
        group.setAttribute('role', 'group');
        if (title) {
          const head = make('div', { id: `sg-palette-title-${which}`, className: 'sg-palette-title', textContent: title });
          head.setAttribute('role', 'presentation');
          group.setAttribute('aria-labelledby', head.id);
          group.append(head);
        }
        rows.forEach((row) => {
          const index = number;
          number += 1;
          const option = make('div', { id: `sg-palette-${index}`, className: `sg-palette-row${row.tall ? ' sg-palette-ticket' : ''}` }, make('span', { textContent: row.label }));
          if (row.detail) option.append(' ', make('span', { className: 'sg-muted sg-small sg-num', textContent: row.detail }));
          option.setAttribute('role', 'option');
          option.addEventListener('click', () => choose(row));
          option.addEventListener('mousemove', () => { if (at !== index) pick(index); });
          group.append(option);
        });
        return group;
      }));
      const found = shown.length - (words ? 1 : 0);
      said.textContent = problem || (waiting ? sgSearching : found ? sgFound.replace('{count}', found) : sgNone);
      pick(0);
    };
    const fetchRows = async (words, signal) => {
      const answer = await fetch(words ? `${sgPalette}?q=${encodeURIComponent(words)}` : sgPalette, {
        credentials: 'same-origin', signal, headers: { 'X-Requested-With': 'fetch', Accept: 'application/json' },
      });
      if (answer.redirected) throw new Error('signed out');
      const found = await answer.json();
      if (!answer.ok) throw Object.assign(new Error(), { sentence: found.message });
      return found;
    };
    /* Who has gone on to a row meanwhile stays there. */
    const drawAnew = () => {
      const chosen = at ? shown[at].label : '';
      draw();
      if (chosen) pick(Math.max(0, shown.findIndex((row) => row.label === chosen)));
    };
    const failed = (error) => { problem = error.sentence || sgFailed; };
    const ask = () => {
      const words = input.value.trim();
      clearTimeout(timer);
      if (asking) asking.abort();
      asking = null;
      problem = '';
      /* A single letter is the beginning of too much. */
      waiting = /^[^a-z]|../i.test(words) && words !== tickets.words ? words : '';
      draw();
      if (!waiting) return;
      timer = setTimeout(async () => {
        const mine = new AbortController();
        asking = mine;
        try { tickets = { words, rows: (await fetchRows(words, mine.signal)).tickets }; } catch (error) { if (!mine.signal.aborted) failed(error); }
        if (mine.signal.aborted) return;
        waiting = '';
        drawAnew();
      }, 250);
    };
    const choose = (row) => {
      dialog.close();
      if (row.run) row.run();
      else location.assign(row.url);
    };
    const open = async () => {
      if (document.querySelector('dialog[open]')) return;
      acts = all('.sg [data-sg-offer]').filter((element) => !dialog.contains(element) && isOffered(element)).flatMap(offersOf);
      /* The same stands at two places of a page. */
      acts = acts.filter((act, index) => acts.findIndex((other) => other.label === act.label) === index);
      input.value = '';
      dialog.showModal();
      input.focus();
      ask();
      if (places) return;
      try { places = (await fetchRows('')).groups; } catch (error) { failed(error); }
      drawAnew();
    };
    const isOpening = (event) => (IS_MAC ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k';

    document.addEventListener('keydown', (event) => {
      if (!isOpening(event)) return;
      event.preventDefault();
      if (dialog.open) dialog.close();
      else open();
    });
    opener.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      open();
    });
    dialog.addEventListener('close', () => { clearTimeout(timer); if (asking) asking.abort(); });
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    list.addEventListener('mousedown', (event) => event.preventDefault());
    input.addEventListener('input', ask);
    input.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) pick(at + step);
      else if (event.key === 'Enter') { if (shown[at]) choose(shown[at]); }
      else return;
      event.preventDefault();
    });
  };

  /* One key for what a button or field does that wears it, and j and k from ticket to ticket of a list. Off while somebody
     types, and for whoever switched them off: speech, or a hand that slips, may press single keys unmeant. */
  const KEYS_OFF = 'sg-keys off';
  const startKeys = (sheet) => {
    const opener = document.querySelector('[data-sg-keys-open]');
    const box = sheet.querySelector('[data-sg-keys-on]');
    const stored = () => { try { return localStorage.getItem(KEYS_OFF); } catch (error) { return null; } };
    const show = () => { box.checked = !stored(); sheet.showModal(); };
    box.addEventListener('change', () => {
      try {
        if (box.checked) localStorage.removeItem(KEYS_OFF);
        else localStorage.setItem(KEYS_OFF, '1');
      } catch (error) { box.checked = true; }
    });
    opener.hidden = false;
    opener.addEventListener('click', show);
    const walk = (step) => {
      const links = all('.sg-tickets .sg-subject');
      if (!links.length) return false;
      const at = links.findIndex((link) => link.closest('tr').contains(document.activeElement));
      links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + step))].focus();
      return true;
    };
    const mark = () => {
      const rows = all('.sg-tickets tbody tr');
      const row = rows.find((one) => one.contains(document.activeElement)) || rows[0];
      const box = row && row.querySelector('[data-sg-box]');
      if (!box) return false;
      if (!row.contains(document.activeElement)) row.querySelector('.sg-subject').focus();
      box.click();
      return true;
    };
    document.addEventListener('keydown', (event) => {
      const { key, target } = event;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && key === 'i') return;
      /* A dialog that was closed keeps the focus until the page is drawn again; nobody types there any more. */
      const isTyping = target.isContentEditable || target.closest('input:not([data-sg-box], [data-sg-box-all]), textarea, select, dialog, [role="listbox"]');
      if (sheet.open || isTyping && !target.closest('dialog:not([open])')) return;
      if (stored()) return;
      const worn = document.querySelector(`.sg [data-sg-key="${CSS.escape(key)}"]:not(:disabled)`);
      if (key === '?') show();
      else if (worn) press(worn);
      else if (!(key === 'j' && walk(1)) && !(key === 'k' && walk(-1)) && !(key === 'x' && mark())) return;
      event.preventDefault();
    });
  };

  /* What a link asks on a page of its own is asked here, where its answer stands in a dialog already. */
  const startAsking = (link) => {
    const dialog = document.getElementById(link.dataset.sgAsks);
    link.setAttribute('role', 'button');
    link.setAttribute('aria-haspopup', 'dialog');
    link.addEventListener('keydown', (event) => {
      if (event.key !== ' ') return;
      event.preventDefault();
      link.click();
    });
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.showModal();
    });
    dialog.querySelector('[data-sg-cancel]').addEventListener('click', (event) => {
      event.preventDefault();
      dialog.close();
    });
  };

  /* A strip that is wider than a phone begins where the page is that it shows. */
  const startStrip = (strip) => {
    const current = strip.querySelector('[aria-current]');
    if (!current || strip.scrollWidth <= strip.clientWidth) return;
    const [place, wanted] = [strip.getBoundingClientRect(), current.getBoundingClientRect()];
    strip.scrollBy({ left: (wanted.left + wanted.right - place.left - place.right) / 2, behavior: 'instant' });
  };

  /* The page says UTC; with scripts the short times are those of the reader's own clock, and the title keeps the other. */
  const showTimes = (root) => {
    const language = document.documentElement.lang || undefined;
    const words = (at, parts) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, parts).format(at);
    const today = new Date();
    all('.sg time[datetime]', root).forEach((element) => {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) return;
      const clock = words(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
      if (at.toDateString() === today.toDateString()) element.textContent = clock;
      else if (Math.abs(today - at) < 6 * 86400000) element.textContent = `${words(at, { weekday: 'short' })} ${clock}`;
      else element.textContent = words(at, { day: 'numeric', month: 'short', year: at.getFullYear() === today.getFullYear() ? undefined : 'numeric' });
    });
  };

  /* What is chosen as a time is one of the reader's own clock: the server is told its zone. */
  const tellZone = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || '';
    if (!zone) return;
    all('.sg input[data-sg-zone]').forEach((field) => { field.value = zone; });
    all('.sg [data-sg-zone-said]').forEach((hint) => { hint.textContent = hint.dataset.sgZoneSaid.replace('{zone}', zone); });
  };

  /* The tickets of a list by number, each with what tells that it has changed. */
  const listed = (root) => new Map(all('.sg-tickets tbody tr', root).map((row) => [
    row.dataset.sgTicket, { unread: row.classList.contains('sg-unread'), version: row.dataset.sgVersion },
  ]));

  /* Where this page is found: one that answers a form has an address that nobody can look at. */
  const thisAddress = () => {
    const region = document.querySelector('.sg-news[data-sg-page]');
    return region ? region.dataset.sgPage : location.pathname + location.search;
  };

  /* This page as it is by now; marked, so that the server takes it for no visit. Nothing where it is not to be had. */
  const thisPageNow = async () => {
    const headers = { Accept: 'text/html', 'X-SGSupport-Looks-Again': '1' };
    const answer = await fetch(thisAddress(), { headers, cache: 'no-store', credentials: 'same-origin' });
    return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
  };

  /* How many tickets the saved views hold comes after the page, and again with its other counts. */
  const startTallies = (side) => {
    const count = async () => {
      try {
        const answer = await fetch(side.dataset.sgTallies, { headers: { Accept: 'application/json' }, cache: 'no-store', credentials: 'same-origin' });
        if (!answer.ok || answer.redirected) return;
        const said = await answer.json();
        all('[data-sg-tally]', side).forEach((place) => { place.textContent = said[place.dataset.sgTally] || ''; });
      } catch (error) { /* The views are there without their numbers. */ }
    };
    document.addEventListener('sg-looked-again', count);
    count();
  };

  /* What has become of the list meanwhile, in words; its counts are put in place, its rows stay where they are under the hand. */
  const lookAgain = async (region) => {
    const fresh = await thisPageNow();
    if (!fresh) return '';
    const counts = all('.sg-count, .sg-head-meta', fresh);
    const shown = all('.sg-count, .sg-head-meta');
    if (counts.length === shown.length) shown.forEach((count, at) => { count.textContent = counts[at].textContent; });
    document.dispatchEvent(new Event('sg-looked-again'));
    const before = listed(document);
    const after = listed(fresh);
    const added = [...after].filter(([address, row]) => row.unread && !before.has(address)).length;
    if (added) return region.dataset.sgNew.replace('{count}', added);
    const same = after.size === before.size && [...after].every(([address, row]) => before.has(address) && before.get(address).version === row.version);
    return same ? '' : region.dataset.sgChanged;
  };

  /* Messages that came meanwhile stand where a new page has them, and what somebody is at stays where it is on the screen;
     whatever else has changed waits until they ask for it. */
  const showMessages = async () => {
    const fresh = await thisPageNow();
    const last = all('.sg-message[id]').pop();
    const lastThere = fresh && last && fresh.getElementById(last.id);
    if (!lastThere) return;
    const isLater = (message) => lastThere.compareDocumentPosition(message) & Node.DOCUMENT_POSITION_FOLLOWING;
    const came = all('.sg-message[id]', fresh).filter((message) => isLater(message) && !document.getElementById(message.id));
    if (!came.length) return;
    const sign = fresh.getElementById('sg-new');
    if (sign && came[0].previousElementSibling === sign) {
      all('#sg-new').forEach((older) => older.remove());
      came.unshift(sign);
    }
    const held = document.activeElement;
    const before = held.getBoundingClientRect().top;
    let place = last;
    while (place.nextElementSibling && place.nextElementSibling.matches('.sg-system')) place = place.nextElementSibling;
    place.after(...came.map((one) => document.adoptNode(one)));
    came.forEach(showTimes);
    if (held !== document.body) scrollBy({ top: held.getBoundingClientRect().top - before, behavior: 'instant' });
  };

  /* What became of the mails stands where it is shown, but for a line somebody is at; whether there is nothing else to tell. */
  const lookAtDeliveries = async () => {
    const fresh = await thisPageNow();
    if (!fresh) return true;
    const bad = (root) => all('.sg-delivery-bad', root).length;
    if (bad(fresh) !== bad(document)) return false;
    const held = (line) => line.contains(document.activeElement) || line.querySelector('details[open]');
    let left = 0;
    all('.sg-message[id]').forEach((message) => {
      const other = fresh.getElementById(message.id);
      const lines = all('.sg-delivery', message);
      const now = other ? all('.sg-delivery', other) : [];
      if (lines.length !== now.length) return;
      lines.forEach((line, at) => {
        if (line.isEqualNode(now[at])) return;
        if (held(line)) left += 1;
        else line.replaceWith(document.adoptNode(now[at]));
      });
    });
    return !left;
  };

  /* Who else is at a ticket, where the page says so; what is still so is left alone, and so is not read out once more. */
  const showHere = (here) => all('[data-sg-here]').forEach((place) => {
    const people = here[place.dataset.sgHere] || [];
    const shown = () => Array.from(place.children);
    shown().filter((one) => !people.some(({ said }) => said === one.textContent)).forEach((one) => one.remove());
    const missing = people.filter(({ said }) => !shown().some((one) => one.textContent === said));
    missing.forEach(({ said, writing }) => place.append(make('span', { className: writing ? 'sg-here-writing' : '', textContent: said })));
  });

  /* So long after somebody was last at the page it asks quickly, and so long they count as being there. */
  const BUSY_FOR = 120000;
  const THERE_FOR = 600000;
  const startPolling = (region) => {
    const usual = 1000 * (Number(region.dataset.sgPollSeconds) || 15);
    const quick = Math.min(usual, 1000 * Number(region.dataset.sgQuickSeconds || 0) || usual);
    const isTicket = Boolean(document.querySelector('.sg-here[role="status"]'));
    let etag = '';
    let version = region.dataset.sgVersion;
    let timer = 0;
    let over = false;
    let asking = false;
    let failures = 0;
    let atIt = Date.now();
    let told = '';
    let listIsOld = false;
    let lookedAt = 0;
    const typedIn = new WeakSet();
    document.addEventListener('input', (event) => typedIn.add(event.target), true);
    const typed = () => all('.sg-compose textarea[name="body"]').some((text) => text.value.trim() && typedIn.has(text));
    /* What colleagues are told of whoever has this ticket open. Unsent text counts in a tab behind others, too. */
    const word = () => {
      if (!isTicket || Date.now() - atIt > THERE_FOR) return '';
      if (typed()) return 'writing';
      return document.hidden ? '' : 'looking';
    };
    const pause = () => {
      const since = Date.now() - atIt;
      const wanted = document.hidden ? usual : [quick, usual, 4 * usual][(since > BUSY_FOR) + (since > THERE_FOR)];
      return Math.max(wanted, Math.min(wanted * 2 ** failures, 300000)) * (0.9 + Math.random() * 0.2);
    };
    /* A page that nobody sees asks again when somebody does; what changed while it asked is told at once. */
    const plan = () => {
      const changed = isTicket && !failures && word() !== told;
      timer = over || (document.hidden && !word() && !changed) ? 0 : setTimeout(ask, changed ? 0 : pause());
    };
    const askNow = () => {
      if (over || asking) return;
      clearTimeout(timer);
      ask();
    };
    const tell = (news) => {
      if (news.here) showHere(news.here);
      all('[data-sg-badge]').forEach((badge) => {
        badge.textContent = news.unread > 99 ? '99+' : String(news.unread);
        badge.hidden = !news.unread;
      });
    };
    const say = (words) => {
      const said = region.querySelector('span');
      if (!words || (said && said.textContent === words)) return;
      if (said) said.textContent = words;
      else {
        const link = make('a', { href: `${thisAddress()}${document.querySelector('.sg-inbox .sg-message') ? '#sg-new' : ''}`, textContent: region.dataset.sgShow });
        link.addEventListener('click', show);
        region.append(make('span', { textContent: words }), make('span'), link);
      }
      warn();
    };
    /* A link with a fragment to the page one is at would only scroll there. */
    const show = (event) => {
      const link = event.currentTarget;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      if (!link.hash || link.pathname + link.search !== location.pathname + location.search) return;
      event.preventDefault();
      history.scrollRestoration = 'manual';
      history.replaceState(history.state, '', link.href);
      location.reload();
    };
    /* The page that shows the news keeps every word, but no browser keeps files. */
    const warn = () => {
      const place = region.querySelector('span + span');
      const words = all('.sg form').some(holdsFiles) ? region.dataset.sgFilesAgain : '';
      if (place && place.textContent !== words) place.textContent = words;
    };
    if (history.scrollRestoration === 'manual' && location.hash === '#sg-new') {
      all('#sg-new').forEach((mark) => mark.scrollIntoView());
      window.addEventListener('load', () => setTimeout(() => { history.scrollRestoration = 'auto'; }, 0));
    }
    document.addEventListener('sg-files', warn);
    const ask = async () => {
      timer = 0;
      asking = true;
      try {
        told = word();
        const headers = { Accept: 'application/json' };
        if (etag) headers['If-None-Match'] = etag;
        if (told) headers['X-SGSupport-Here'] = told;
        const answer = await fetch(region.dataset.sgPoll, { headers, cache: 'no-store', credentials: 'same-origin' });
        if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) over = true;
        if (over) return;
        if (answer.status !== 304) {
          if (!answer.ok) throw new Error(String(answer.status));
          etag = answer.headers.get('ETag') || '';
          const news = await answer.json();
          tell(news);
          if (version && news.version !== version && region.dataset.sgLive !== 'number') {
            const same = (one, other) => one.split('-')[0] === other.split('-')[0];
            if (region.dataset.sgLive === 'list') listIsOld = true;
            else if (!same(version, news.version)) {
              await showMessages();
              say(region.dataset.sgNews);
            } else if (!await lookAtDeliveries()) say(region.dataset.sgNews);
          }
          version = news.version;
        }
        /* A busy desk changes again and again; reading its list costs more than asking whether it did. */
        if (listIsOld && Date.now() - lookedAt >= usual) {
          listIsOld = false;
          lookedAt = Date.now();
          say(await lookAgain(region));
        }
        failures = 0;
      } catch (error) {
        etag = '';
        failures += 1;
      } finally {
        asking = false;
      }
      plan();
    };
    document.addEventListener('visibilitychange', () => { if (!document.hidden) askNow(); });
    ['pointerdown', 'pointermove', 'keydown', 'scroll'].forEach((name) => document.addEventListener(name, () => {
      const wasAway = Date.now() - atIt > BUSY_FOR;
      atIt = Date.now();
      if (wasAway) askNow();
    }, { passive: true }));
    document.addEventListener('input', () => { if (isTicket && word() !== told) askNow(); });
    window.addEventListener('pagehide', () => {
      if (!told || leaving) return;
      fetch(region.dataset.sgPoll, { headers: { 'X-SGSupport-Here': 'gone' }, keepalive: true, credentials: 'same-origin' }).catch(() => {});
    });
    /* One that was opened behind others waits until it is seen. */
    if (document.hidden) plan();
    else ask();
  };

  /* What an act says is where the eye and the keyboard are. It follows until the reader goes on, and can be put away. */
  const startFlashes = (flashes) => {
    const close = make('button', { type: 'button', className: 'sg-button sg-button-quiet' }, make('span', { textContent: '×' }));
    close.firstChild.setAttribute('aria-hidden', 'true');
    close.setAttribute('aria-label', flashes.dataset.sgClose);
    close.addEventListener('click', () => {
      flashes.remove();
      const next = document.querySelector('.sg-main h1');
      if (!next) return;
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    });
    flashes.append(close);
    flashes.classList.add('sg-follows');
    let settledAt = null;
    const goesOn = (event) => {
      const focused = document.activeElement;
      if (flashes.contains(focused) && (focused !== flashes || event.type === 'focusin')) return;
      if (event.type === 'scroll' && (settledAt === null || Math.abs(scrollY - settledAt) < 60)) return;
      flashes.classList.remove('sg-follows');
      ['scroll', 'focusin'].forEach((name) => document.removeEventListener(name, goesOn));
    };
    /* The page scrolls by itself to the message it opens at, and takes the focus off everything else. */
    const settled = () => { settledAt ??= scrollY; };
    const settle = () => {
      setTimeout(() => { if (document.activeElement === document.body) flashes.focus({ preventScroll: true }); }, 0);
      setTimeout(settled, 300);
    };
    /* Who turns the wheel or drags has the page where they want it, however late it loads. */
    ['wheel', 'touchstart'].forEach((name) => document.addEventListener(name, settled, { passive: true, once: true }));
    if (document.readyState === 'complete') settle();
    else window.addEventListener('load', settle);
    ['scroll', 'focusin'].forEach((name) => document.addEventListener(name, goesOn, { passive: true }));
  };

  dropSent();
  all('.sg form[data-sg-draft]').forEach(restoreDraft);
  all('.sg [data-sg-goes-on]').forEach(startGoingOn);
  all('.sg form[data-sg-save]').forEach(startSaving);
  startSending(all('.sg [data-sg-sending]'));
  all('.sg form[data-sg-draft]').forEach(sayUnsaved);
  showTimes(document);
  tellZone();
  if (IS_MAC) all('.sg [data-sg-ctrl]').forEach((key) => { key.textContent = '⌘'; });
  all('.sg .sg-nav, .sg .sg-side, .sg-adminbar nav').forEach(startStrip);
  all('.sg [data-sg-composer]').forEach(startTabs);
  all('.sg [data-sg-macros]').forEach(startMacros);
  all('.sg form[data-sg-bulk]').forEach(startBulk);
  all('.sg [data-sg-palette]').forEach(startPalette);
  all('.sg [data-sg-keys]').forEach(startKeys);
  all('.sg [data-sg-tallies]').forEach(startTallies);
  all('.sg [data-sg-asks]').forEach(startAsking);
  all('.sg [data-sg-alike]').forEach(startAlike);
  all('.sg [data-sg-mention]').forEach(startMention);
  all('.sg input[data-sg-tags]').forEach(startTags);
  all('.sg [data-sg-files]').filter((box) => box.querySelector('input').form).forEach(startFiles);
  /* One asks for the page: what shows its news, else the number in the host's navigation. */
  all('.sg-news[data-sg-poll], [data-sg-badge][data-sg-poll]').sort((a, b) => b.matches('.sg-news') - a.matches('.sg-news')).slice(0, 1).forEach(startPolling);
  all('.sg [data-sg-flashes]').forEach(startFlashes);
  all('.sg [data-sg-focus]').slice(0, 1).forEach((summary) => summary.focus());
})();
