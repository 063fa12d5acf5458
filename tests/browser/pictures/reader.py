"""Somebody who follows the guide of operations word by word, in one language."""

from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from playwright.sync_api import ElementHandle, Page

from ota.pages.languages import LANGUAGES
from tests.flows.guide import on_the_screen

# What stands on an element, without its icon, the mark of what is required and a number beside it.
FIND = """([selector, word]) => {
  const told = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(".material-symbols-outlined, .text-red-600").forEach((e) => e.remove());
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  const is = (element) => {
    const text = told(element);
    return text === word || text === word + "*" || text.replace(/ \\d+$/, "") === word;
  };
  const seen = (element) => element.checkVisibility({visibilityProperty: true});
  return [...document.querySelectorAll(selector)].find((each) => seen(each) && is(each));
}"""
PART = """([end, top, most]) => {
  const box = (document.querySelector("#main") || document.body).getBoundingClientRect();
  const from = top ? document.querySelector(top).getBoundingClientRect().top - 20 : 0;
  const to = document.querySelector(end).getBoundingClientRect().bottom + 20;
  return {x: box.left, y: from, width: box.width, height: Math.min(to - from, most)};
}"""
BUTTONS = "#page a, #page button, #page summary, form button"
MENU = "#nav-sidebar a"
LABELS = "label"


class Reader:
    """A page, and the hands of who reads the guide beside it.

    Each word is given in English and looked for in the reader's language; one that the guide
    does not name in bold, or the page does not show, ends the walk.
    """

    def __init__(self, page: Page, lang: str) -> None:
        self.page, self.lang = page, lang
        self.bold = on_the_screen("operations", lang)

    def word(self, english: str) -> str:
        """It as the guide and the screen say it."""
        small = english[:1].lower() + english[1:]
        with translation.override(LANGUAGES[self.lang].catalogue):
            said = [
                translation.pgettext("of an authenticator", english),
                translation.gettext(english),
                translation.gettext(small),
            ]
        both = [*said, *map(capfirst, said)]
        found = next((each for each in both if each in self.bold), None)
        assert found, f"the guide does not say any of {said}"
        return found

    def choose(self, english: str) -> None:
        """A line of the menu."""
        self._follow(MENU, self.word(english))

    def press(self, english: str) -> None:
        self._follow(BUTTONS, self.word(english))

    def press_exactly(self, english: str, chinese: str) -> None:
        """A button whose words are made of parts."""
        word = self.said(english, chinese)
        assert word in self.bold, f"the guide does not say {word!r}"
        self._follow(BUTTONS, word)

    def open(self, name: str) -> None:
        """A row by what it is called."""
        self._follow("#page a", name)

    def open_first(self) -> None:
        """The first row of a list."""
        self._click(self.page.locator("#result_list tbody a").first.element_handle())

    def add(self) -> None:
        """The round + at the top right."""
        assert "+" in self.bold
        self._click(self.page.locator("a.addlink").element_handle())

    def fill(self, english: str, value: object) -> None:
        field = self._field(english)
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=str(value))
        else:
            field.fill(str(value))

    def tick(self, english: str) -> None:
        """A box or one of several, by its own label."""
        self._field(english).check()

    def untick(self, english: str) -> None:
        self._field(english).uncheck()

    def own_menu(self, name: str) -> None:
        """The own name, at the bottom left."""
        self._click(self._find("#nav-sidebar div", name))

    def run(self, deed: str, *, rows: list[str]) -> None:
        """Tick rows of a list, choose what to do with them, and press the button beside it."""
        for row in rows:
            line = self.page.locator("#result_list tr", has=self.page.get_by_text(row, exact=True))
            line.locator("input[name=_selected_action]").check()
        self.page.select_option("[name=action]", label=self.word(deed))
        self.press("Run")

    def said(self, english: str, chinese: str) -> str:
        """What is typed by a reader of this language."""
        return english if self.lang == "en" else chinese

    def sees(self, english: str) -> None:
        self._find("#page *, body *", self.word(english))

    def _field(self, english: str) -> ElementHandle:
        label = self._find(LABELS, self.word(english))
        field = label.evaluate_handle("e => e.control || document.getElementById(e.htmlFor)")
        found = field.as_element()
        assert found, f"no field is called {english!r}"
        return found

    def _follow(self, selector: str, word: str) -> None:
        self._click(self._find(selector, word))

    def _click(self, what: Any) -> None:
        what.click()
        self.page.wait_for_load_state()

    def _find(self, selector: str, word: str) -> ElementHandle:
        # Icons are letters of a font; a page that waits for it moves under the pointer.
        self.page.evaluate("document.fonts.ready.then(() => null)")
        found = self.page.wait_for_function(FIND, arg=[selector, word], timeout=8000).as_element()
        assert found
        return found

    def shot(self, end: str = "#content, .py-20", *, top: str = "", most: int = 1100) -> bytes:
        """The page without the menu, from one of its parts to where another ends."""
        self.page.wait_for_load_state("networkidle")
        usual = self.page.viewport_size
        assert usual
        # As tall as it is: what sticks to the lower edge would lie on the text.
        tall = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": usual["width"], "height": max(tall, 300)})
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(300)
        clip = self.page.evaluate(PART, [end, top, most])
        png = self.page.screenshot(animations="disabled", full_page=True, clip=clip)
        self.page.set_viewport_size(usual)
        return png
