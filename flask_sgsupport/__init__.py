"""Flask-SGSupport: the support desk a Flask app embeds beside its Flask-Admin."""
