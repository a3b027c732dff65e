/** Entry of the page: global styles, then the App into #app. */
import './trustedTypes.ts';
import { mount } from 'svelte';
import './tokens.css';
import './base.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('internal: #app is missing from index.html');
mount(App, { target });
