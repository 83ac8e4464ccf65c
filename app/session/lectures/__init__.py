"""Lectures: folders of text, programs and scenes; a lesson is a page of one."""
