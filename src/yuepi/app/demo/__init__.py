"""The claims that `yuepi demo` shows. Their pictures come with the package."""
