'use strict';
(() => {
  const byId = id => document.getElementById(id);
  const make = (tag, text, ...children) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    node.append(...children);
    return node;
  };

  const schemaOf = (api, content) => {
    const media = content && Object.entries(content)[0];
    if (!media) return null;
    const name = media[1].schema.$ref.split('/').pop();
    return { type: media[0], name, schema: api.components.schemas[name] };
  };

  const shape = (title, found) => {
    if (!found) return [];
    return [make('h3', `${title}: ${found.name} (${found.type})`), make('pre', JSON.stringify(found.schema, null, 1))];
  };

  const send = async (method, path, operation, fields, body, answer) => {
    const names = { ...fields };
    const url = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name].value));
    const headers = {};
    const key = byId('key').value.trim();
    if (key) headers['Authorization'] = `Bearer ${key}`;
    if (names['If-Match'] && names['If-Match'].value) headers['If-Match'] = names['If-Match'].value;
    if (body) headers['Content-Type'] = 'application/json';
    const began = performance.now();
    try {
      const got = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
      const text = await got.text();
      const took = (performance.now() - began).toFixed(1);
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 1); } catch { /* not JSON: as it came */ }
      const lines = [`${got.status} ${got.statusText}, ${took} ms`];
      for (const [name, value] of got.headers) lines.push(`${name}: ${value}`);
      answer.className = got.ok ? '' : 'failed';
      answer.textContent = `${lines.join('\n')}\n\n${shown}`;
    } catch (fault) {
      answer.className = 'failed';
      answer.textContent = String(fault);
    }
    answer.hidden = false;
  };

  const form = (api, method, path, operation) => {
    const fields = {};
    const node = make('form');
    for (const parameter of operation.parameters || []) {
      const input = make('input');
      input.required = parameter.required;
      input.name = parameter.name;
      fields[parameter.name] = input;
      node.append(make('label', parameter.name, input));
    }
    let body = null;
    const request = schemaOf(api, operation.requestBody && operation.requestBody.content);
    if (request) {
      body = make('textarea');
      body.spellcheck = false;
      body.setAttribute('aria-label', 'Body');
      body.value = JSON.stringify(request.schema.example || {}, null, 1);
      node.append(body);
    }
    const answer = make('pre');
    answer.hidden = true;
    answer.setAttribute('aria-live', 'polite');
    const button = make('button', `${method.toUpperCase()}`);
    node.append(button, answer);
    node.addEventListener('submit', event => {
      event.preventDefault();
      send(method, path, operation, fields, body, answer);
    });
    return node;
  };

  const operationNode = (api, method, path, operation) => {
    const node = make('details');
    node.className = 'operation';
    node.dataset.text = `${method} ${path} ${operation.summary}`.toLowerCase();
    node.append(make('summary', '', make('b', method.toUpperCase()), make('code', path), make('span', operation.summary)));
    node.addEventListener('toggle', () => {
      if (!node.open || node.children.length > 1) return;
      const inside = make('div');
      if (operation['x-scope']) inside.append(make('p', `Where access is controlled, it takes a key with the scope ${operation['x-scope']}.`));
      inside.append(form(api, method, path, operation));
      inside.append(...shape('Body', schemaOf(api, operation.requestBody && operation.requestBody.content)));
      inside.append(...shape('Answer', schemaOf(api, operation.responses['200'].content)));
      node.append(inside);
    });
    return node;
  };

  const show = api => {
    byId('about').textContent = `Version ${api.info.version}. ${api.info.description}`;
    const groups = new Map();
    for (const [path, verbs] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(verbs)) {
        const tag = operation.tags[0];
        if (!groups.has(tag)) groups.set(tag, make('section', '', make('h2', tag)));
        groups.get(tag).append(operationNode(api, method, path, operation));
      }
    }
    byId('operations').append(...groups.values());
    byId('find').addEventListener('input', event => {
      const wanted = event.target.value.toLowerCase();
      for (const node of document.querySelectorAll('.operation')) node.hidden = !node.dataset.text.includes(wanted);
    });
  };

  fetch('openapi.json')
    .then(answer => answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status} ${answer.statusText}`)))
    .then(show)
    .catch(fault => { byId('about').textContent = `The description cannot be read: ${fault.message}`; });
})();
