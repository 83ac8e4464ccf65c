"""All actions of the window, with their words, keys and icons."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.gui.commands import set_words
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.session.language import tr

Keys = QKeySequence | QKeySequence.StandardKey | str


class Actions:
    """Holds the actions.  Whoever does the work connects to `triggered`."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        self._window = window
        self._theme = theme
        self._icons: dict[QAction, Glyph] = {}
        self._is_playing = False
        self._add_file_actions()
        self._add_edit_actions()
        self._add_run_actions()
        self._add_timeline_actions()
        self._add_comparing_actions()
        self._add_what_if_actions()
        self._add_text_size_actions()
        self._add_graph_actions()
        self._add_folding_actions()
        self._add_view_actions()
        self._add_help_actions()

    def _add_file_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.new = self._add("&New", standard.New)
        self.open = self._add("&Open…", standard.Open, icon="open")
        self.save = self._add("&Save", standard.Save, icon="save")
        self.save_as = self._add("Save &as…", "Ctrl+Shift+S")
        self.save_as_python = self._add("Save as .p&y…")
        self.save_as_python.setToolTip(
            tr("Save the cells of a notebook as a Python file with # %% marks")
        )
        self.open_trace = self._add("Open &trace…", "Ctrl+Shift+O")
        self.open_lecture = self._add("Open &lecture…")
        self.edit_lecture = self._add("Edit the lecture's te&xt")
        self.export_lecture = self._add("Export lecture as pa&ge…")
        self.save_trace = self._add("Save t&race as…")
        self.export = self._add("&Export picture…", "Ctrl+E", icon="export")
        self.export.setToolTip(tr("Save the graph as a picture (Ctrl+E)"))
        self.export_page = self._add("Export &web page…")
        self.close_tab = self._add("&Close tab", "Ctrl+W")
        self.next_tab = self._add("Ne&xt tab", "Ctrl+Tab", "Ctrl+PgDown")
        self.previous_tab = self._add("Pre&vious tab", "Ctrl+Shift+Tab", "Ctrl+PgUp")
        self.quit = self._add("&Quit", standard.Quit)

    def _add_edit_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.undo = self._add("&Undo", standard.Undo)
        self.redo = self._add("&Redo", standard.Redo, "Ctrl+Y")
        self.cut = self._add("Cu&t", standard.Cut)
        self.copy = self._add("&Copy", standard.Copy, icon="copy")
        self.paste = self._add("&Paste", standard.Paste)
        self.select_all = self._add("Select &all", standard.SelectAll)
        self.complete = self._add("C&omplete", "Ctrl+Space")
        self.comment = self._add("Toggle &comment", "Ctrl+/")
        self.lines_up = self._add("Move lines &up", "Ctrl+Shift+Up")
        self.lines_down = self._add("Move lines &down", "Ctrl+Shift+Down")
        self.duplicate_lines = self._add("Dupl&icate lines", "Ctrl+D")
        self.delete_lines = self._add("De&lete lines", "Ctrl+Shift+K")
        self.select_lines = self._add("Select li&nes", "Ctrl+L")
        self.find_text = self._add("Find in the te&xt…", standard.Find)
        self.find_text.setToolTip(
            tr("Find in the editor, or in the graph if it has the focus (Ctrl+F)")
        )
        self.replace = self._add("&Replace in the text…", "Ctrl+H")
        self.go_to_line = self._add("&Go to line…", "Ctrl+G")
        self.find = self._add(
            "&Find operation, tensor or line", "Ctrl+K", "Ctrl+Shift+F", icon="search"
        )
        self.find_next = self._add("Find &next", "F3")
        self.find_previous = self._add("Find &previous", "Shift+F3")
        self.settings = self._add("&Settings…", "Ctrl+,")

    def _add_run_actions(self) -> None:
        self.run = self._add("&Run", "Ctrl+Return", "F5", "Ctrl+Enter", icon="play")
        self.run.setObjectName("runAction")
        self.run.setToolTip(tr("Run the snippet and trace it (Ctrl+Enter or F5)"))
        self.run_to_here = self._add("Run to &here", "Ctrl+Shift+Return", "Ctrl+Shift+Enter")
        self.run_to_here.setToolTip(
            tr("Run the cells up to the one with the cursor (Ctrl+Shift+Enter)")
        )
        self.stop = self._add("&Stop", "Shift+F5", "Esc", icon="stop")
        self.stop.setObjectName("stopAction")
        self.stop.setToolTip(tr("Stop the run and show what was recorded so far (Esc)"))
        self.stop.setEnabled(False)
        self.live = self._add("&Live", "Ctrl+Shift+L")
        self.live.setObjectName("liveAction")
        self.live.setCheckable(True)
        self.live.setToolTip(tr("Run again after each pause in typing (Ctrl+Shift+L)"))
        self.next_finding = self._add("&Next finding", "F4")
        self.previous_finding = self._add("&Previous finding", "Shift+F4")
        self.measure = self._add("&Measure", "Ctrl+Alt+M", icon="clock")
        self.measure.setToolTip(
            tr("Run the lines at the cursor again and again, under each grad mode (Ctrl+Alt+M)")
        )
        self.measuring = self._add("Show m&easurements", "Ctrl+Shift+M", icon="clock")
        self.measuring.setCheckable(True)
        self.measuring.setToolTip(tr("Measure time and memory of each grad mode (Ctrl+Shift+M)"))
        self.nudge = self._add("N&udge a value…", "Ctrl+Alt+U", icon="drag")
        self.nudge.setToolTip(
            tr("Move a value of a leaf and see what the loss does beside .grad (Ctrl+Alt+U)")
        )
        self.nudge.setEnabled(False)
        self.run_settings = self._add("Run &settings…", "Ctrl+Shift+R", icon="sliders")

    def _add_timeline_actions(self) -> None:
        self.step_first = self._add("&First step", icon="first")
        self.step_back = self._add("&Previous step", "Shift+F8", icon="previous")
        self.play = self._add("P&lay", "Ctrl+F8")
        self.step_next = self._add("&Next step", "F8", icon="next")
        self.step_last = self._add("&Last step", icon="last")
        self.go_to_iteration = self._add("&Go to iteration…", "Ctrl+Shift+G")
        self.go_to_iteration.setEnabled(False)
        self.lanes = self._add("&Lanes", "Ctrl+Shift+T")
        self.lanes.setCheckable(True)
        self.lanes.setToolTip(tr("Show the steps in lanes, with regions (Ctrl+Shift+T)"))
        self.on_clock = self._add("Ranks on one &clock")
        self.on_clock.setCheckable(True)
        self.on_clock.setChecked(True)
        self.on_clock.setToolTip(tr("Show what all ranks did when, in place of the steps of one"))
        self.stepping = [
            self.step_first, self.step_back, self.play, self.step_next, self.step_last,
        ]  # fmt: skip

    def _add_comparing_actions(self) -> None:
        self.compare = self._add("&Compare two runs", icon="compare")
        self.compare.setCheckable(True)
        self.compare.setToolTip(tr("Pin this run and compare the next ones with it (F9)"))
        self.ask = self._add("&Ask the room", icon="covered")
        self.ask.setCheckable(True)
        self.ask.setEnabled(False)
        self.ask.setToolTip(
            tr("Cover what autograd did and ask about it (Q in the graph; Esc shows all)")
        )
        self.pin = self._add("&Pin this run", "F9", icon="pin")
        self.unpin = self._add("&Unpin the pinned run", "Shift+F9", icon="close")
        self.unpin.setToolTip(tr("Unpin this run and leave the comparison (Shift+F9)"))
        self.next_difference = self._add("Next &difference", "F7", icon="chevron_down")
        self.previous_difference = self._add("Previous d&ifference", "Shift+F7", icon="chevron_up")
        self.swap_runs = self._add("S&wap the two runs", icon="swap")
        self.swap_runs.setIconText(tr("Swap"))
        self.back_to_pinned = self._add("&Back to the pinned text", icon="reset")
        self.next_process = self._add("Show the next pro&cess", "Ctrl+Alt+N")
        self.next_process.setToolTip(tr("Show the next rank or worker of this run (Ctrl+Alt+N)"))
        self.both_processes = self._add("Compare two pr&ocesses", "Ctrl+Alt+B")
        self.both_processes.setToolTip(
            tr("Show two ranks or workers of this run beside each other (Ctrl+Alt+B)")
        )
        self.processes = [self.next_process, self.both_processes]
        """What works only with a run of several processes."""
        self.comparing = [
            self.unpin, self.next_difference, self.previous_difference, self.swap_runs,
            self.back_to_pinned,
        ]  # fmt: skip
        """What works only while two runs are compared."""
        for action in (self.pin, self.compare, *self.processes, *self.comparing):
            action.setEnabled(False)

    def _add_what_if_actions(self) -> None:
        self.leave_out = self._add("&Leave out recording on this line", "Ctrl+Alt+W", icon="fork")
        self.leave_out.setToolTip(
            tr("Run as if no_grad, detach() and the like on the line of the cursor were not there")
        )
        self.compare_what_if = self._add("&Compare with the run as written", icon="compare")
        self.compare_what_if.setIconText(tr("Compare"))
        self.write_what_if = self._add("&Write the changes into the text")
        self.write_what_if.setIconText(tr("Write into the text"))
        self.reset_what_if = self._add("&Reset all changes", "Ctrl+Alt+R", icon="reset")
        self.reset_what_if.setIconText(tr("Reset all"))
        self.reset_what_if.setToolTip(tr("Run the text as it is written (Ctrl+Alt+R)"))
        self.undo_what_if = self._add("&Undo the last change", "Ctrl+Alt+Z")
        self.redo_what_if = self._add("Re&do the change", "Ctrl+Alt+Shift+Z")
        self.hold_eval = self._add("What if this module were in &eval")
        self.hold_train = self._add("What if this module were in &train")
        self.what_if = [
            self.leave_out, self.hold_eval, self.hold_train,
            self.undo_what_if, self.redo_what_if,
            self.write_what_if, self.compare_what_if, self.reset_what_if,
        ]  # fmt: skip
        for action in self.what_if:
            action.setEnabled(False)

    def _add_text_size_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.zoom_in = self._add("Larger &text in the editor", standard.ZoomIn, "Ctrl+=")
        self.zoom_out = self._add("S&maller text in the editor", standard.ZoomOut)
        self.zoom_reset = self._add("Normal te&xt in the editor", "Ctrl+0")

    def _add_folding_actions(self) -> None:
        self.unfold = self._add("&Unfold", "Ctrl+Shift+]")
        self.fold = self._add("&Fold", "Ctrl+Shift+[")
        self.unfold_all = self._add("Unfold &all", "Ctrl+Alt+9")
        self.fold_all = self._add("Fold a&ll", "Ctrl+Alt+0")
        self.depths = [
            self._add(tr("Depth &{levels}").format(levels=levels), f"Ctrl+Alt+{levels}")
            for levels in (1, 2, 3)
        ]
        self.fold_default = self._add("&Default folding")
        self.next_pass = self._add("&Next iteration", "Alt+]")
        self.previous_pass = self._add("&Previous iteration", "Alt+[")
        self.group_by_lines = self._add("&Group by source lines")
        self.group_by_lines.setCheckable(True)

    def _add_view_actions(self) -> None:
        self.hide_setup = self._add("&Hide setup operations")
        self.hide_setup.setCheckable(True)
        self.hide_setup.setChecked(True)
        self.hide_setup.toggled.connect(self._show_states)
        self.bytes_kept = self._add("&Bytes kept")
        self.bytes_kept.setCheckable(True)
        self.bytes_kept.toggled.connect(self._show_states)
        self.bytes_kept.setToolTip(
            tr("Show on nodes, lines and modules what is kept for backward (B in the graph)")
        )
        self.numbers = self._add("Show the &numbers")
        self.numbers.setCheckable(True)
        self.numbers.toggled.connect(self._show_states)
        self.numbers.setToolTip(
            tr("Open the node of each backward step: its rule and its numbers (N in the graph)")
        )
        self.hide_setup.setToolTip(
            tr("Leave out operations that only create inputs, such as randn and init")
        )
        self.theme = self._add("&Dark theme", "Ctrl+Shift+D", icon="moon")
        self.theme.setCheckable(True)
        self.contrast = self._add("Hi&gh contrast", "Ctrl+Alt+H")
        self.contrast.setCheckable(True)
        self.contrast.setToolTip(tr("Black and white, with a contrast of at least 7 for text"))
        self.present = self._add("&Presentation", "F11", icon="present")
        self.present.setCheckable(True)
        self.present.setToolTip(tr("Presentation mode: large type for a room (F11; Esc to leave)"))
        self.leave_presentation = self._add("Leave the presentation", "Esc")
        self.verdict = self._add("&What trains", "Ctrl+Shift+V")
        self.present_edit = self._add("Edit the text while presenting", "F2")
        self.keep_view = self._add("&Keep the view as a scene", icon="scene")
        self.keep_view.setToolTip(tr("Keep what is shown as a scene (K in the graph)"))
        self.spotlight = self._add("&Spotlight", icon="spot")
        self.spotlight.setCheckable(True)
        self.spotlight.setToolTip(
            tr("Darken all but what the mouse points at (S; hold Ctrl and drag for any part)")
        )
        self.next_pane = self._add("&Next pane", "F6")
        self.previous_pane = self._add("&Previous pane", "Shift+F6")
        self.reset_layout = self._add("Reset &layout")

    def _add_help_actions(self) -> None:
        self.first_steps = self._add("&First steps")
        self.first_steps.setToolTip(tr("Trace the first example, with three hints"))
        self.close_hints = self._add("Close the hints", "Esc")
        self.guide = self._add("&User guide")
        self.palette = self._add("&Command palette…", "Ctrl+Shift+P")
        self.shortcuts = self._add("&Keyboard shortcuts", "Ctrl+?")
        self.about = self._add("&About Tapescope")
        self.legend_help = self._add("What the &marks mean", QKeySequence.StandardKey.HelpContents)

    def _add_graph_actions(self) -> None:
        standard = QKeySequence.StandardKey
        self.fit = self._add("&Fit graph", "Alt+Home", icon="fit")
        self.zoom_selection = self._add("&Zoom to selection", "Alt+Return")
        self.upstream = self._add("All it depends &on", "Alt+Up")
        self.downstream = self._add("All that &depends on it", "Alt+Down")
        self.between = self._add("&Path between the two", "Ctrl+Alt+P")
        self.between.setToolTip(tr("Select two nodes first: Ctrl+click the second one"))
        self.connection = self._add("What &connects it to the loss", "Ctrl+Alt+L")
        self.outline = self._add("&Outline", "Ctrl+Shift+E")
        self.outline.setCheckable(True)
        self.outline.setToolTip(tr("The graph as a tree of rows (Ctrl+Shift+E)"))
        self.back = self._add("&Back", standard.Back, icon="previous")
        self.forward = self._add("&Forward", standard.Forward, icon="next")
        self.bookmarks = {
            digit: (
                self._add(f"&{digit}", f"Ctrl+{digit}"),
                self._add(
                    tr("Set bookmark &{digit} here").format(digit=digit), f"Ctrl+Shift+{digit}"
                ),
            )
            for digit in range(1, 10)
        }
        """By digit: going there, and setting it."""

    def _add(self, text: str, *keys: Keys, icon: Glyph | None = None) -> QAction:
        action = QAction(self._window)
        action.setIconVisibleInMenu(False)  # few have one, and one looks like Qt's check mark
        set_words(action, tr(text))
        shortcuts: list[QKeySequence] = []
        for key in keys:
            if isinstance(key, QKeySequence.StandardKey):
                shortcuts.extend(QKeySequence.keyBindings(key))
            else:
                shortcuts.append(QKeySequence(key))
        action.setShortcuts(list(dict.fromkeys(shortcuts)))
        if icon:
            self._icons[action] = icon
        self._window.addAction(action)
        return action

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for action, glyph in self._icons.items():
            action.setIcon(theme.icon(glyph))
        self.run.setIcon(theme.icon("play", theme.colors.on_accent, 14))
        self.stop.setIcon(theme.icon("stop", theme.colors.text, 14))
        self.show_playing(self._is_playing)
        self.theme.setIcon(theme.icon("sun" if theme.is_dark else "moon"))
        self.theme.setToolTip(tr("Light theme") if theme.is_dark else tr("Dark theme"))
        self.theme.setChecked(theme.name == "dark")
        self.contrast.setChecked(theme.name == "contrast")
        self._show_states()

    def show_playing(self, playing: bool) -> None:
        """Give the Play action the words and icon of what it does next: play or stop."""
        self._is_playing = playing
        set_words(self.play, tr("Stop p&laying") if playing else tr("P&lay"))
        self.play.setToolTip(
            tr("Stop playing (Ctrl+F8)") if playing else tr("Play the steps (Ctrl+F8)")
        )
        glyph: Glyph = "stop" if playing else "play"
        self.play.setIcon(self._theme.icon(glyph, self._theme.colors.text, 14))

    def _show_states(self) -> None:
        """Show the states of the graph header's buttons in their icons: a check if on."""
        off: Glyph
        for action, off in (
            (self.hide_setup, "eye"), (self.bytes_kept, "keep"), (self.numbers, "gradient"),
        ):  # fmt: skip
            action.setIcon(self._theme.icon("check" if action.isChecked() else off))
