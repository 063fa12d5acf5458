// What this device remembers. Where a browser keeps nothing for us, it forgets at reload.
//
// The scanner key lies in localStorage, because a phone at a gate is put to sleep, reloaded and
// restarted all day, and a key is shown only once. It is no cookie: a cookie would go along with
// whatever another site makes this browser ask for; a header is set by this page alone. No script
// but our own files runs here (Content-Security-Policy), so none else reads it. Who holds the
// unlocked phone can scan at its one venue until the key is revoked, which counts from the next
// request on, or until somebody logs out, which removes it.
// The last scans lie in sessionStorage: they go when the tab is closed.

class Kept {
  constructor(storage) {
    this.storage = storage; // a function: merely naming a forbidden storage throws
    this.here = new Map();
  }

  get(name) {
    try {
      return this.storage().getItem(name) ?? this.here.get(name) ?? null;
    } catch {
      return this.here.get(name) ?? null;
    }
  }

  set(name, value) {
    this.here.set(name, value);
    try {
      this.storage().setItem(name, value);
    } catch {
      // kept in `here` until the page is left
    }
  }

  remove(name) {
    this.here.delete(name);
    try {
      this.storage().removeItem(name);
    } catch {
      // it was never there
    }
  }
}

export const onDevice = new Kept(() => localStorage);
export const inTab = new Kept(() => sessionStorage);
