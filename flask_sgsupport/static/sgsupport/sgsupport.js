/* What scripts add to pages that work without them: no second sending, drafts, tabs, previews in place, macros by name, keys, files
   by drop and paste, times of the reader's own zone, news. */
(() => {
  'use strict';
  /* The host's navigation brings it, too: on a page of ours it runs once. */
  if (window.sgsupport === true) return;
  window.sgsupport = true;
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  let leaving = null;

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

  const keepDraft = (form) => {
    const changed = fieldsOf(form).filter((field) => now(field) !== origin(field));
    const token = form.elements.namedItem('form');
    try {
      if (!changed.length) drafts.drop(form);
      else drafts.write(form, { form: token ? token.value : '', fields: changed.map((field) => [nameOf(field), now(field), origin(field)]) });
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
      const same = drawn(field) === before || drawn(field) === value;
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
    const link = event.target.closest('.sg [data-sg-draft] a[data-sg-discard]');
    if (link) try { drafts.drop(link.closest('form')); } catch (error) { /* There is none. */ }
  });
  document.addEventListener('input', draftChanged);
  document.addEventListener('change', draftChanged);

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
      if (form.hasAttribute('data-sg-draft')) keepDraft(form);
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
    const usual = buttons.find((button) => button.matches('.sg-button-primary, [data-sg-usual]')) || buttons[0];
    if (!usual) return;
    event.preventDefault();
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
    const put = (words) => {
      text.focus();
      text.setRangeText(words, text.selectionStart, text.selectionEnd, 'end');
      text.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const choose = async (row) => {
      close();
      bySlash = false;
      input.value = '';
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
    const leave = () => {
      const words = bySlash ? `/${input.value}` : '';
      close();
      bySlash = false;
      input.value = '';
      put(words);
    };

    input.addEventListener('input', open);
    input.addEventListener('click', open);
    input.addEventListener('blur', close);
    list.addEventListener('mousedown', (event) => event.preventDefault());
    input.addEventListener('keydown', (event) => {
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
      if (!transfer || !transfer.files.length) return;
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
    const press = (target) => {
      const pane = target.closest('[data-sg-pane]');
      const tab = pane && pane.hidden ? document.getElementById(`${pane.id}-tab`) : null;
      if (tab) tab.click();
      if (!target.matches('input, textarea')) { target.click(); return; }
      target.focus();
      target.scrollIntoView({ block: 'nearest' });
    };
    document.addEventListener('keydown', (event) => {
      const { key, target } = event;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && key === 'i') return;
      if (sheet.open || target.isContentEditable || target.closest('input, textarea, select, dialog, [role="listbox"]')) return;
      if (stored()) return;
      const worn = document.querySelector(`.sg [data-sg-key="${CSS.escape(key)}"]`);
      if (key === '?') show();
      else if (worn) press(worn);
      else if (!(key === 'j' && walk(1)) && !(key === 'k' && walk(-1))) return;
      event.preventDefault();
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

  /* What has become of the list meanwhile, in words; its counts are put in place, its rows stay where they are under the hand. */
  const lookAgain = async (region) => {
    const fresh = await thisPageNow();
    if (!fresh) return '';
    const counts = all('.sg-count, .sg-head-meta', fresh);
    const shown = all('.sg-count, .sg-head-meta');
    if (counts.length === shown.length) shown.forEach((count, at) => { count.textContent = counts[at].textContent; });
    const before = listed(document);
    const after = listed(fresh);
    const added = [...after].filter(([address, row]) => row.unread && !before.has(address)).length;
    if (added) return region.dataset.sgNew.replace('{count}', added);
    const same = after.size === before.size && [...after].every(([address, row]) => before.has(address) && before.get(address).version === row.version);
    return same ? '' : region.dataset.sgChanged;
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

  const startPolling = (region) => {
    const usual = 1000 * (Number(region.dataset.sgPollSeconds) || 15);
    let delay = usual;
    let etag = '';
    let version = region.dataset.sgVersion;
    let timer = 0;
    const plan = () => { timer = setTimeout(ask, delay * (0.9 + Math.random() * 0.2)); };
    const slower = () => { delay = Math.min(delay * 2, 300000); };
    const tell = (news) => {
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
      try {
        const headers = Object.assign({ Accept: 'application/json' }, etag ? { 'If-None-Match': etag } : {});
        const answer = await fetch(region.dataset.sgPoll, { headers, cache: 'no-store', credentials: 'same-origin' });
        if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) return;
        if (answer.status !== 304) {
          if (!answer.ok) throw new Error(String(answer.status));
          etag = answer.headers.get('ETag') || '';
          const news = await answer.json();
          tell(news);
          if (version && news.version !== version && region.dataset.sgLive !== 'number') {
            const same = (one, other) => one.split('-')[0] === other.split('-')[0];
            if (region.dataset.sgLive === 'list') say(await lookAgain(region));
            else if (!same(version, news.version) || !await lookAtDeliveries()) say(region.dataset.sgNews);
          }
          version = news.version;
        }
        if (document.hidden) slower();
        else delay = usual;
      } catch (error) {
        etag = '';
        slower();
      }
      plan();
    };
    document.addEventListener('visibilitychange', () => {
      if (document.hidden || !timer) return;
      clearTimeout(timer);
      delay = usual;
      ask();
    });
    ask();
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
    const settle = () => {
      setTimeout(() => { if (document.activeElement === document.body) flashes.focus({ preventScroll: true }); }, 0);
      setTimeout(() => { settledAt = scrollY; }, 300);
    };
    if (document.readyState === 'complete') settle();
    else window.addEventListener('load', settle);
    ['scroll', 'focusin'].forEach((name) => document.addEventListener(name, goesOn, { passive: true }));
  };

  dropSent();
  all('.sg form[data-sg-draft]').forEach(restoreDraft);
  all('.sg form[data-sg-draft]').forEach(sayUnsaved);
  showTimes(document);
  all('.sg .sg-nav, .sg .sg-side, .sg-adminbar nav').forEach(startStrip);
  all('.sg [data-sg-composer]').forEach(startTabs);
  all('.sg [data-sg-macros]').forEach(startMacros);
  all('.sg [data-sg-keys]').forEach(startKeys);
  all('.sg [data-sg-files]').filter((box) => box.querySelector('input').form).forEach(startFiles);
  /* One asks for the page: what shows its news, else the number in the host's navigation. */
  all('.sg-news[data-sg-poll], [data-sg-badge][data-sg-poll]').sort((a, b) => b.matches('.sg-news') - a.matches('.sg-news')).slice(0, 1).forEach(startPolling);
  all('.sg [data-sg-flashes]').forEach(startFlashes);
  all('.sg [data-sg-focus]').slice(0, 1).forEach((summary) => summary.focus());
})();
