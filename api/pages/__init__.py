"""Pages for people: server-rendered, Chinese first, whole without scripts. docs/screens.md."""
